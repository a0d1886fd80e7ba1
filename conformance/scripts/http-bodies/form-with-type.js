/*---
shows = "An object with a content type of its own."
features = ["form bodies"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.post(`${BASE}/echo`, { a: 1 }, { headers: { 'Content-Type': 'application/json' } }).body);
  console.log(http.post(`${BASE}/echo`, JSON.stringify({ a: 1 }),
    { headers: { 'content-type': 'application/json' } }).body);
}
