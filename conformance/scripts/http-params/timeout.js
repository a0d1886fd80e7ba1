/*---
shows = "A request that takes too long has status 0 and code 1050."
features = ["http params timeout"]
compare = ["exit", "counts", "samples", "log"]
has = ["Request Failed"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/delay/600`, { timeout: 50 });
  console.log(res.status, res.error_code, res.error, res.body === null);
  const text = http.get(`${BASE}/delay/600`, { timeout: '40ms' });
  console.log(text.status, text.error_code);
  console.log(http.get(`${BASE}/delay/10`, { timeout: '5s' }).status);
}
