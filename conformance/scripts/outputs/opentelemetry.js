/*---
shows = "--out opentelemetry sends points."
features = ["output opentelemetry"]
args = ["--out", "opentelemetry"]
env = { K6_OTEL_EXPORTER_PROTOCOL = "http/protobuf", K6_OTEL_HTTP_EXPORTER_ENDPOINT = "{host}", K6_OTEL_HTTP_EXPORTER_INSECURE = "true" }
compare = ["exit", "wire-targets"]
---*/
export default function () {}
