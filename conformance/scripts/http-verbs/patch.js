/*---
shows = "http.patch sends PATCH."
features = ["http.patch"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.patch(`${BASE}/echo`, 'a body', { headers: { 'Content-Type': 'text/plain' } });
  check(res, { ok: (r) => r.status === 200 });
  console.log(res.status, res.status_text, res.proto, res.request.method, res.url);
  console.log(res.body);
}
