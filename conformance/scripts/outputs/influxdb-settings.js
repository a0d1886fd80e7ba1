/*---
shows = "Settings of --out influxdb from variables and the address."
features = ["output influxdb"]
args = ["--out", "influxdb={base}/my%20db?precision=ms&retention=week&consistency=one&pushInterval=3s&concurrentWrites=2"]
env = { K6_INFLUXDB_USERNAME = "me", K6_INFLUXDB_PASSWORD = "secret" }
compare = ["exit", "wire-targets"]
---*/
export default function () {}
