/*---
shows = "--type js and a script without an ending."
features = ["command run"]
args = ["--type", "js"]
compare = ["exit", "counts"]
---*/
export default function () {}
