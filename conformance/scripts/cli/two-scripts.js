/*---
shows = "Two scripts on one command line."
features = ["exit codes"]
steps = [["run", "{script}", "{script}"]]
compare = ["exit"]
---*/
export default function () {}
