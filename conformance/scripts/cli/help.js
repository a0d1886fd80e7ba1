/*---
shows = "--help of run names the flags."
features = ["command run"]
steps = [["run", "--help"]]
compare = ["exit"]
has = [
    "--vus",
    "--duration",
    "--iterations",
    "--stage",
    "--summary-export",
    "--out",
    "--env",
    "--tag",
    "--no-thresholds",
    "--summary-trend-stats",
    "--http-debug",
]
---*/
export default function () {}
