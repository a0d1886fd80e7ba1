/*---
shows = "The cloud output is refused by name."
features = ["output cloud"]
compare = ["exit"]
args = ["--out", "cloud"]
unsupported = "cloud"
---*/
export default function () {}
