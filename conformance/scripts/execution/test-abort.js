/*---
shows = "exec.test.abort(): exit 108."
features = ["execution.test.abort", "exit codes"]
args = ["-i", "5"]
compare = ["exit", "counts", "log"]
has = ["enough"]
---*/
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
const c = new Counter('cnt');
export default function () { c.add(1); if (__ITER === 1) exec.test.abort('enough'); console.log('iteration', __ITER); }
export function teardown() { console.log('teardown'); }
