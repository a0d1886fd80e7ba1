/*---
shows = "Ten redirects are followed, the eleventh is not."
features = ["redirects"]
compare = ["exit", "counts", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.get(`${BASE}/redirect/10`).status, http.get(`${BASE}/redirect/11`).status);
}
