/*---
shows = "A certificate that nobody vouches for is refused."
features = ["TLS"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';

export default function () {
  const res = http.get(`${__ENV.TLS_BASE}/text`);
  console.log(res.status, res.error_code);
}
