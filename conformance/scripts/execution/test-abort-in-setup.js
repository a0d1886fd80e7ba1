/*---
shows = "exec.test.abort() in setup."
features = ["execution.test.abort", "exit codes"]
compare = ["exit", "log"]
---*/
import exec from 'k6/execution';
export function setup() { exec.test.abort(); }
export default function () { console.log('not reached'); }
