/*---
shows = "http.head sends HEAD."
features = ["http.head"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.head(`${BASE}/text`);
  check(res, { ok: (r) => r.status === 200 });
  console.log(res.status, res.status_text, res.proto, res.request.method, res.url);
  console.log(res.body);
}
