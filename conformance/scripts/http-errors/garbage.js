/*---
shows = "The server does not speak HTTP."
features = ["http errors"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/garbage`);
  console.log(res.status, res.error_code, res.error !== '');
}
