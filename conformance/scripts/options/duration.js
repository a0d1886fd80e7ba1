/*---
shows = "vus and duration."
features = ["option duration"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { check, group, sleep, fail } from 'k6';
export const options = { vus: 2, duration: '1s' };
export default function () { sleep(0.4); }
