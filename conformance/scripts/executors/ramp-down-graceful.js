/*---
shows = "gracefulRampDown lets users end."
features = ["executor ramping-vus", "gracefulRampDown"]
compare = ["exit", "log"]
unordered = true
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '50ms', target: 0 }], gracefulRampDown: '2s', gracefulStop: '2s' },
} };
export default function () { sleep(0.2); console.log('ended'); }
