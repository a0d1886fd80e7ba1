/*---
shows = "Answers without a body."
features = ["Response body"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  for (const res of [http.get(`${BASE}/empty`), http.head(`${BASE}/text`), http.get(`${BASE}/status/304`)]) {
    console.log(res.status, JSON.stringify(res.body), res.headers['Content-Length']);
  }
}
