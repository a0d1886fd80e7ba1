/*---
shows = "An InfluxDB that is down is no verdict on the target."
features = ["output influxdb"]
args = ["--out", "influxdb=http://127.0.0.1:1/db"]
compare = ["exit"]
---*/
export default function () {}
