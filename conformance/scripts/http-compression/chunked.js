/*---
shows = "An answer in chunks."
features = ["Response body"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/chunked`);
  console.log(res.status, res.body, JSON.stringify(res.headers));
}
