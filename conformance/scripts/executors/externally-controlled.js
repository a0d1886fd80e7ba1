/*---
shows = "An executor that k6 no longer has."
features = ["scenarios", "error messages"]
compare = ["exit"]
has = ["externally-controlled"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'externally-controlled', vus: 1, maxVUs: 2, duration: '200ms' },
} };
export default function () { sleep(0.05); }
