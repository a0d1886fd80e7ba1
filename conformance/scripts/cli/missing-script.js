/*---
shows = "A script that is not there: exit 255."
features = ["exit codes"]
steps = [["run", "none.js"]]
compare = ["exit"]
has = ["none.js"]
---*/
export default function () {}
