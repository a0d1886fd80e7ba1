/*---
shows = "A setting of the OpenTelemetry output that makes no sense."
features = ["output opentelemetry"]
args = ["--out", "opentelemetry"]
env = { K6_OTEL_EXPORTER_PROTOCOL = "smoke" }
compare = ["exit"]
---*/
export default function () {}
