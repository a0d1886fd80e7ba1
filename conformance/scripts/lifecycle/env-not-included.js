/*---
shows = "--include-system-env-vars=false."
features = ["__ENV"]
args = ["--include-system-env-vars=false", "-e", "B=1"]
env = { A = "env" }
compare = ["exit", "log"]
---*/
export default function () { console.log(typeof __ENV.A, __ENV.B); }
