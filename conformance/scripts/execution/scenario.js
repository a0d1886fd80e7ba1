/*---
shows = "exec.scenario."
features = ["execution.scenario"]
compare = ["exit", "log"]
---*/
import exec from 'k6/execution';
export const options = { scenarios: { work: { executor: 'shared-iterations', vus: 1, iterations: 3 } } };
export default function () { const s = exec.scenario; console.log(s.name, s.executor, s.iterationInTest, s.iterationInInstance, s.progress >= 0 && s.progress <= 1, Math.abs(s.startTime - Date.now()) < 5000, Object.keys(s).sort().join()); }
