/*---
shows = "A cookie that a redirect sets is sent to the next page."
features = ["cookies", "redirects"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/cookies/set-and-go?way=1`);
  console.log(res.body, JSON.stringify(res.cookies), res.status);
}
