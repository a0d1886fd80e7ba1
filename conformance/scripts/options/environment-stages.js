/*---
shows = "K6_STAGES."
features = ["K6_ variables"]
env = { K6_STAGES = "100ms:1,50ms:0" }
compare = ["exit", "banner"]
---*/
import { check, group, sleep, fail } from 'k6';
export default function () { sleep(0.05); }
