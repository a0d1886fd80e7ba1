/*---
shows = "Iterations at a rate that changes."
features = ["executor ramping-arrival-rate"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'ramping-arrival-rate', startRate: 10, timeUnit: '1s', preAllocatedVUs: 3, stages: [{ duration: '300ms', target: 10 }, { duration: '260ms', target: 30 }] },
} };
export default function () {}
