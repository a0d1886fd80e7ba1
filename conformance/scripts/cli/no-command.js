/*---
shows = "An unknown command."
features = ["exit codes"]
steps = [["nonesuch"]]
compare = ["exit"]
---*/
export default function () {}
