/*---
shows = "Cookies are kept within an iteration and forgotten after it."
features = ["cookies"]
compare = ["exit", "counts", "samples", "wire", "log"]
args = ["-i", "2"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(__ITER, http.get(`${BASE}/cookies`).body);
  const res = http.get(`${BASE}/cookies/set?a=1&b=2`);
  console.log(JSON.stringify(res.cookies.a[0].value), Object.keys(res.cookies).sort().join());
  console.log(http.get(`${BASE}/cookies`).body);
}
