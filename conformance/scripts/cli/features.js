/*---
shows = "completion, deps and features."
features = ["command run"]
steps = [["completion", "bash"]]
compare = ["exit"]
---*/
export default function () {}
