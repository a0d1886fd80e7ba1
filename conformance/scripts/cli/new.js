/*---
shows = "new writes a script that runs."
features = ["command new"]
steps = [["new", "made.js"], ["new", "made.js"], ["inspect", "made.js"]]
compare = ["exit"]
---*/
export default function () {}
