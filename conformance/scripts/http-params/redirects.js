/*---
shows = "The redirects of one request can be limited."
features = ["http params redirects", "redirects"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.get(`${BASE}/redirect/3`, { redirects: 0 }).status);
  const res = http.get(`${BASE}/redirect/3`, { redirects: 2 });
  console.log(res.status, res.url.split('/').slice(-2).join('/'));
  console.log(http.get(`${BASE}/redirect/3`, { redirects: 5 }).status);
}
