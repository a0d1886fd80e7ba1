/*---
shows = "-v logs more."
features = ["flag -v"]
args = ["-v"]
compare = ["exit"]
has = ["level=debug"]
---*/
export default function () {}
