/*---
shows = "A name that does not resolve."
features = ["http errors"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get('http://nothing.invalid/');
  console.log(res.status, res.error_code >= 1100 && res.error_code < 1200);
}
