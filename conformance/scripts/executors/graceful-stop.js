/*---
shows = "gracefulStop lets iterations end."
features = ["gracefulStop"]
also = ["log"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '1s' },
} };
export default function () { sleep(0.6); console.log('ended'); }
