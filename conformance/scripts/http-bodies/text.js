/*---
shows = "Text bodies: none, empty, letters beyond ASCII."
features = ["http.post"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.post(`${BASE}/echo`, 'plain').body);
  console.log(http.post(`${BASE}/echo`, 'größer € 😀').body);
  console.log(http.post(`${BASE}/echo`, JSON.stringify({ seat: 'C7' })).body);
}
