/*---
shows = "Iterations of each user."
features = ["executor per-vu-iterations"]
also = ["log"]
unordered = true
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'per-vu-iterations', vus: 3, iterations: 4, maxDuration: '20s' },
} };
export default function () { console.log(__VU, __ITER); }
