/*---
shows = "The server resets the connection."
features = ["http errors"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/reset`);
  console.log(res.status, res.error_code);
}
