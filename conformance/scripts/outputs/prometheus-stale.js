/*---
shows = "--out experimental-prometheus-rw marks series as ended."
features = ["output experimental-prometheus-rw"]
args = ["--out", "experimental-prometheus-rw"]
env = { K6_PROMETHEUS_RW_SERVER_URL = "{base}/api/v1/write", K6_PROMETHEUS_RW_STALE_MARKERS = "true", K6_PROMETHEUS_RW_TREND_STATS = "p(95),max" }
compare = ["exit", "wire-targets"]
---*/
export default function () {}
