/*---
shows = "A body of 200 kB in both directions."
features = ["http.post"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.post(`${BASE}/bytes/200000`, 'y'.repeat(200000));
  console.log(res.status, res.body.length, res.request.body.length);
}
