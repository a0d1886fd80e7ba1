/*---
shows = "http.request GET with a body."
features = ["http.request"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.request('GET', `${BASE}/echo`, 'a body').body);
  console.log(http.request('DELETE', `${BASE}/echo`, { a: 1 }).body);
}
