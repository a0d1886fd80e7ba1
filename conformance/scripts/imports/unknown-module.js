/*---
shows = "An unknown module of k6 stops the run before it starts."
features = ["ES modules", "exit codes"]
compare = ["exit"]
has = ["k6/nonesuch"]
---*/
import x from 'k6/nonesuch';
export default function () {}
