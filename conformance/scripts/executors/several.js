/*---
shows = "Several scenarios with functions, environments and tags of their own."
features = ["scenarios"]
also = ["log"]
unordered = true
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  browse: { executor: 'shared-iterations', iterations: 2, exec: 'browse', env: { KIND: 'b' }, tags: { team: 'front' } },
  order: { executor: 'per-vu-iterations', vus: 2, iterations: 1, exec: 'order', env: { KIND: 'o' }, tags: { team: 'back' } },
  later: { executor: 'shared-iterations', startTime: '150ms', exec: 'browse' },
} };
export function browse() { console.log(exec.scenario.name, __ENV.KIND); }
export function order() { console.log(exec.scenario.name, __ENV.KIND); }
