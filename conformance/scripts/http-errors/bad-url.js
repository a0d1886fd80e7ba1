/*---
shows = "Addresses that are none."
features = ["http errors"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  for (const url of ['nonsense', '', 'http://', 'ftp://127.0.0.1/x', 'http://[::1', 'http://a b/']) {
    try {
      const res = http.get(url);
      console.log(url, 'status', res.status, res.error_code);
    } catch (e) { console.log(url, 'throws'); }
  }
}
