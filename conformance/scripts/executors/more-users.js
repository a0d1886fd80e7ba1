/*---
shows = "Up to maxVUs users are made when needed."
features = ["executor constant-arrival-rate"]
compare = ["exit", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'constant-arrival-rate', rate: 10, timeUnit: '1s', duration: '1030ms', preAllocatedVUs: 1, maxVUs: 4 },
} };
export default function () { sleep(0.5); }
