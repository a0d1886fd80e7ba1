/*---
shows = "An exception in an iteration is logged and counted; exit 0."
features = ["exit codes", "error messages"]
args = ["-i", "4"]
compare = ["exit", "counts", "samples", "log"]
has = ["even 0", "even 2", "level=error"]
---*/
export default function () { if (__ITER % 2 === 0) throw new Error('even ' + __ITER); console.log('odd'); }
