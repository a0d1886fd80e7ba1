/*---
shows = "Users that run for a time."
features = ["executor constant-vus"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'constant-vus', vus: 2, duration: '1s' },
} };
export default function () { sleep(0.3); }
