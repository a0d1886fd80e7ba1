/*---
shows = "An answer in a coding that nobody knows."
features = ["response compression"]
compare = ["exit", "counts", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/compressed/rot13`);
  console.log(res.status, res.error_code);
}
