/*---
shows = "Headers of a request: order, case, several kinds of values."
features = ["http params headers"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/echo`, { headers: {
    'X-Second': '2', 'x-first': '1', Accept: 'application/json', 'X-Number': 12, 'X-Bool': true,
    Authorization: 'Bearer t0ken', 'Content-Type': 'application/json',
  } });
  console.log(res.body);
}
