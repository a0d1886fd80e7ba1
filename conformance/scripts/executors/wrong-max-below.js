/*---
shows = "A scenario that is wrong or nearly so."
features = ["scenarios", "error messages"]
compare = ["exit"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'constant-arrival-rate', rate: 1, duration: '1s', preAllocatedVUs: 5, maxVUs: 2 },
} };
export default function () {}
