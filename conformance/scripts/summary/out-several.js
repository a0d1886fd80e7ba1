/*---
shows = "Several outputs at once."
features = ["output json", "output csv"]
args = ["--out", "csv=a.csv", "-o", "json=b.json"]
compare = ["exit", "files"]
---*/
export default function () {}
