/*---
shows = "A file in a place of its own, packed by its name."
features = ["output json"]
args = ["--out", "json=own.json", "--out", "json=packed.json.gz"]
compare = ["exit", "files"]
---*/
export default function () {}
