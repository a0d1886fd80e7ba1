/*---
shows = "A setting of the Prometheus output that makes no sense."
features = ["output experimental-prometheus-rw"]
args = ["--out", "experimental-prometheus-rw"]
env = { K6_PROMETHEUS_RW_TREND_STATS = "nope" }
compare = ["exit"]
---*/
export default function () {}
