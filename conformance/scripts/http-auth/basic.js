/*---
shows = "User and password in the address."
features = ["auth basic"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE.replace('http://', 'http://ann:s%40cret@')}/basic/x`);
  console.log(res.status, res.body, res.url, res.request.headers.Authorization);
  const own = http.get(`${BASE}/basic/x`, { auth: 'basic' });
  console.log(own.status);
}
