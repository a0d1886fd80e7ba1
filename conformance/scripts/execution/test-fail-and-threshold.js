/*---
shows = "A failed threshold and exec.test.fail()."
features = ["execution.test.fail", "exit codes"]
compare = ["exit", "thresholds"]
---*/
import exec from 'k6/execution';
export const options = { thresholds: { iterations: ['count>5'] } };
export default function () { exec.test.fail('bad'); }
