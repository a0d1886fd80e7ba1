/*---
shows = "--insecure-skip-tls-verify."
features = ["TLS", "option insecureSkipTLSVerify"]
compare = ["exit", "counts", "samples", "log"]
args = ["--insecure-skip-tls-verify"]
---*/
import http from 'k6/http';

export default function () {
  const responses = http.batch([`${__ENV.TLS_BASE}/text`, `${__ENV.TLS_BASE}/json`]);
  console.log(responses.map((res) => `${res.status} ${res.proto}`).join());
}
