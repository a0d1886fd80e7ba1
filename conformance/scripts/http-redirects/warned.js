/*---
shows = "More redirects than are followed when nobody says how many are warned of."
features = ["redirects"]
compare = ["exit", "counts", "log"]
has = ["Stopped after 11 redirects and returned the redirection"]
---*/
import http from 'k6/http';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.get(`${BASE}/redirect/20`).status);
}
