/*---
shows = "Iterations that find no user are dropped."
features = ["executor constant-arrival-rate", "dropped_iterations"]
also = ["summary"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'constant-arrival-rate', rate: 10, timeUnit: '1s', duration: '1030ms', preAllocatedVUs: 1 },
} };
export default function () { sleep(1.5); }
