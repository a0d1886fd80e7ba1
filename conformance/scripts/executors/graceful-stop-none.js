/*---
shows = "Without gracefulStop iterations are interrupted."
features = ["gracefulStop"]
has = ["1 interrupted"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' },
} };
export default function () { sleep(5); }
