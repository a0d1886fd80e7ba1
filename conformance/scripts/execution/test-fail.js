/*---
shows = "exec.test.fail(): the run goes on and ends with 110."
features = ["execution.test.fail", "exit codes"]
args = ["-i", "2"]
compare = ["exit", "counts", "log"]
---*/
import exec from 'k6/execution';
export default function () { exec.test.fail('bad'); console.log('goes on', __ITER); }
