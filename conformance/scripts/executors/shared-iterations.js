/*---
shows = "Iterations that users share."
features = ["executor shared-iterations"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'shared-iterations', vus: 3, iterations: 10, maxDuration: '20s' },
} };
export default function () {}
