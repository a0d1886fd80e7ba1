/*---
shows = "An output that nobody knows."
features = ["output json", "exit codes"]
args = ["--out", "nonesuch=x"]
compare = ["exit"]
has = ["nonesuch"]
---*/
export default function () {}
