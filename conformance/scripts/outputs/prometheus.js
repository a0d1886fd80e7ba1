/*---
shows = "--out experimental-prometheus-rw sends points."
features = ["output experimental-prometheus-rw"]
args = ["--out", "experimental-prometheus-rw"]
env = { K6_PROMETHEUS_RW_SERVER_URL = "{base}/api/v1/write" }
compare = ["exit", "wire-targets"]
---*/
export default function () {}
