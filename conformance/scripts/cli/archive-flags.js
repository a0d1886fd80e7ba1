/*---
shows = "Options given to archive are kept; those given to run are stronger."
features = ["command archive"]
steps = [
    ["archive", "-O", "a.tar", "-u", "2", "-i", "4", "{script}"],
    ["run", "{auto}", "-i", "6", "a.tar"],
]
compare = ["exit", "counts"]
---*/
export const options = { iterations: 9 };
export default function () {}
