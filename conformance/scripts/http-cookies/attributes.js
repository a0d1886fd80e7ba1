/*---
shows = "What a response says of its cookies."
features = ["cookies", "Response cookies"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const cookie = http.get(`${BASE}/cookies/rich`).cookies.rich[0];
  console.log(Object.keys(cookie).sort().join());
  console.log(cookie.name, cookie.value, cookie.path, cookie.domain, cookie.http_only, cookie.secure,
    cookie.max_age, cookie.expires);
}
