/*---
shows = "An endless loop ends at gracefulStop."
features = ["gracefulStop"]
compare = ["exit"]
has = ["1 interrupted"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '100ms' },
} };
export default function () { for (;;); }
