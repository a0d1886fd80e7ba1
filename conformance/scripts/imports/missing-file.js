/*---
shows = "A module that is not there stops the run before it starts."
features = ["ES modules", "exit codes"]
compare = ["exit"]
has = ["none.js"]
---*/
import x from './lib/none.js';
export default function () {}
