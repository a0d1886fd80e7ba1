/*---
shows = "exec.test.abort() in teardown."
features = ["execution.test.abort", "exit codes"]
compare = ["exit"]
---*/
import exec from 'k6/execution';
export default function () {}
export function teardown() { exec.test.abort('late'); }
