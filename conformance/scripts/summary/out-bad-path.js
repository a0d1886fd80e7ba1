/*---
shows = "An output in a directory that is not there."
features = ["output json", "exit codes"]
args = ["--out", "json=none/a.json"]
compare = ["exit"]
---*/
export default function () {}
