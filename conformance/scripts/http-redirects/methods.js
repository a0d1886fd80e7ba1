/*---
shows = "What becomes of method and body at each kind of redirect."
features = ["redirects"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  for (const status of [301, 302, 303, 307, 308]) {
    const res = http.post(`${BASE}/redirect-to/${status}/echo`, 'a body');
    console.log(status, res.status, res.body);
  }
}
