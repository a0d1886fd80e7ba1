/*---
shows = "version and --version."
features = ["command version"]
steps = [["version"], ["--version"]]
compare = ["exit"]
---*/
export default function () {}
