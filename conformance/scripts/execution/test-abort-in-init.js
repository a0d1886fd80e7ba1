/*---
shows = "exec.test.abort() in the init context."
features = ["execution.test.abort", "exit codes"]
compare = ["exit"]
has = ["early"]
---*/
import exec from 'k6/execution';
exec.test.abort('early');
export default function () {}
