/*---
shows = "Verbs without a body and without parameters."
features = ["http.post", "http.put", "http.del"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.post(`${BASE}/echo`).body);
  console.log(http.put(`${BASE}/echo`).body);
  console.log(http.del(`${BASE}/echo`).body);
  console.log(http.patch(`${BASE}/echo`, null).body);
  console.log(http.post(`${BASE}/echo`, '').body);
  console.log(http.options(`${BASE}/echo`).body);
}
