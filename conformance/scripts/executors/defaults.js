/*---
shows = "What an executor takes if nothing is said."
features = ["executor shared-iterations", "executor per-vu-iterations"]
also = ["log"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  a: { executor: 'shared-iterations' },
  b: { executor: 'per-vu-iterations' },
  c: { executor: 'constant-arrival-rate', rate: 1, duration: '1500ms', preAllocatedVUs: 1 },
} };
export default function () { if (exec.scenario.name === 'a') console.log(JSON.stringify(exec.test.options.scenarios)); }
