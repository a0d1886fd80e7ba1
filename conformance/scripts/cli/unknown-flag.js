/*---
shows = "An unknown flag: exit 255."
features = ["exit codes"]
args = ["--nonesuch"]
compare = ["exit"]
---*/
export default function () {}
