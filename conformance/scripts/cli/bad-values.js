/*---
shows = "Flags with values that are wrong."
features = ["exit codes"]
steps = [
    ["run", "-u", "many", "{script}"],
    ["run", "-d", "soon", "{script}"],
    ["run", "-s", "x", "{script}"],
    ["run", "-e", "novalue", "{script}"],
    ["run", "--tag", "x", "{script}"],
]
compare = ["exit"]
---*/
export default function () {}
