/*---
shows = "run without a script."
features = ["exit codes"]
steps = [["run"]]
compare = ["exit"]
---*/
export default function () {}
