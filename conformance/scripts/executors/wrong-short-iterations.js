/*---
shows = "A scenario that is wrong or nearly so."
features = ["scenarios", "error messages"]
compare = ["exit"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'shared-iterations', vus: 5, iterations: 2 },
} };
export default function () {}
