/*---
shows = "A duration in milliseconds."
features = ["option duration"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { check, group, sleep, fail } from 'k6';
export const options = { duration: 1000 };
export default function () { sleep(0.4); }
