/*---
shows = "Users that come and go."
features = ["executor ramping-vus"]
compare = ["exit", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: '200ms', target: 3 }, { duration: '200ms', target: 0 }], gracefulRampDown: '1s' },
} };
export default function () { sleep(0.15); }
