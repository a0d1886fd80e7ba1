/*---
shows = "Names that are none, numbers below nothing, and directories in the place of files."
features = ["exit codes"]
steps = [
    ["run", "-e", "1X", "{script}"],
    ["run", "-e", "A B=2", "{script}"],
    ["run", "-u", "-1", "{script}"],
    ["run", "-i", "-1", "{script}"],
    ["run", "-d", "-1s", "{script}"],
    ["run", "--console-output", ".", "{script}"],
    ["run", "--log-output", "file=.", "{script}"],
    ["run", "--log-output", "smoke", "{script}"],
    ["run", "-c", ".", "{script}"],
    ["run", "."],
]
compare = ["exit"]
---*/
export default function () {}
