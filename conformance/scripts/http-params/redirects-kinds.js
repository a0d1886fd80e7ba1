/*---
shows = "Redirects that are no whole number."
features = ["redirects"]
compare = ["exit", "counts", "log"]
---*/
import http from 'k6/http';
const BASE = __ENV.BASE;
export default function () {
  for (const redirects of [-1, null, undefined, NaN, 'x', '2', 1.9, true, [], {}]) {
    const res = http.get(`${BASE}/redirect/4`, { redirects });
    console.log(String(redirects), res.status, res.url.split('/').pop(), res.error);
  }
}
