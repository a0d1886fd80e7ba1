/*---
shows = "The server closes without an answer."
features = ["http errors"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/close`);
  console.log(res.status, res.error_code);
}
