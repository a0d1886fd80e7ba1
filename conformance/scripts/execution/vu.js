/*---
shows = "exec.vu."
features = ["execution.vu"]
compare = ["exit", "log"]
unordered = true
---*/
import exec from 'k6/execution';
export const options = { scenarios: { work: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };
export default function () { const v = exec.vu; console.log(v.idInTest, v.idInInstance, v.iterationInInstance, v.iterationInScenario, Object.keys(v).sort().join()); }
