/*---
shows = "exec.instance."
features = ["execution.instance"]
compare = ["exit", "log"]
---*/
import exec from 'k6/execution';
export const options = { iterations: 2 };
export default function () { const i = exec.instance; console.log(i.vusActive, i.vusInitialized, i.iterationsCompleted, i.iterationsInterrupted, i.currentTestRunDuration > 0, Object.keys(i).sort().join()); }
