/*---
shows = "A setting of the InfluxDB output that makes no sense."
features = ["output influxdb"]
args = ["--out", "influxdb=http://127.0.0.1:1/db"]
env = { K6_INFLUXDB_PUSH_INTERVAL = "soon" }
compare = ["exit"]
---*/
export default function () {}
