/*---
shows = "An object becomes a form."
features = ["form bodies"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.post(`${BASE}/echo`, { b: 2, a: 'x y', c: 'ü&=+/' }).body);
  console.log(http.post(`${BASE}/echo`, { list: [1, 2, 'z'], no: null, yes: true }).body);
  console.log(http.put(`${BASE}/echo`, {}).body);
}
