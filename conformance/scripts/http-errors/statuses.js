/*---
shows = "Codes of 4xx and 5xx answers."
features = ["http errors"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  for (const status of [200, 204, 301, 304, 400, 404, 429, 500, 503]) {
    const res = http.get(`${BASE}/status/${status}`);
    console.log(status, res.status, res.error_code, JSON.stringify(res.error), res.status_text);
  }
}
