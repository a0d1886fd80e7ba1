/*---
shows = "--out json without a file writes to standard output."
features = ["output json"]
args = ["--out", "json", "-q", "--summary-mode=disabled"]
compare = ["exit"]
has = ["\"type\":\"Metric\"", "\"type\":\"Point\""]
---*/
export default function () {}
