/*---
shows = "http.request with any method."
features = ["http.request"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  for (const method of ['GET', 'POST', 'PURGE', 'get', 'TRACE']) {
    const res = http.request(method, `${BASE}/echo`, method === 'POST' ? 'x' : null);
    console.log(method, res.status, res.request.method);
  }
}
