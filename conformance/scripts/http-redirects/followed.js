/*---
shows = "Redirects are followed, each hop is a request of its own."
features = ["redirects"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/redirect/3`);
  console.log(res.status, res.body, res.url, res.request.url);
}
