/*---
shows = "exec names a function that is not exported."
features = ["scenarios", "error messages"]
compare = ["exit"]
has = ["nonesuch"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'shared-iterations', exec: 'nonesuch' },
} };
export default function () {}
