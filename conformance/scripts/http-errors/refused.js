/*---
shows = "Nobody listens: status 0, code 1212."
features = ["http errors"]
compare = ["exit", "counts", "samples", "log"]
has = ["Request Failed"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get('http://127.0.0.1:1/');
  console.log(res.status, res.error_code, res.error !== '', res.body === null, res.url);
  console.log(JSON.stringify(res.headers), JSON.stringify(res.cookies), res.proto, res.status_text);
}
