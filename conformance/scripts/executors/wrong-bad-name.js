/*---
shows = "A scenario that is wrong or nearly so."
features = ["scenarios", "error messages"]
compare = ["exit"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  'a b/c': { executor: 'shared-iterations' },
} };
export default function () {}
