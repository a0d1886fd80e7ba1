/*---
shows = "--out influxdb sends points."
features = ["output influxdb"]
args = ["--out", "influxdb={base}/mydb"]
compare = ["exit", "wire-targets"]
---*/
export default function () {}
