/*---
shows = "Deep recursion fails the iteration, not the run."
features = ["exit codes"]
args = ["-i", "2"]
compare = ["exit", "counts"]
expect = { exit = [0], checks = 1, because = "k6 fills its memory until it is stopped" }
---*/
import { check } from 'k6';
function deep(n) { return deep(n + 1) + 1; }
export default function () { if (__ITER === 0) { deep(0); } check(__ITER, { alive: (n) => n === 1 }); }
