/*---
shows = "maxDuration ends what is not done; the rest is dropped."
features = ["executor shared-iterations", "dropped_iterations"]
also = ["summary"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'shared-iterations', vus: 1, iterations: 5, maxDuration: '1s', gracefulStop: '1s' },
} };
export default function () { sleep(0.4); }
