/*---
shows = "Which part of user and password is hidden in tags."
features = ["auth basic"]
compare = ["exit", "counts", "samples", "wire"]
---*/
import http from 'k6/http';
const BASE = __ENV.BASE;
export default function () {
  for (const who of ['ann', 'ann:', ':pw', 'a%40n:x', 'a%40%40b', '%20:%20%20']) {
    http.get(`${BASE.replace('http://', `http://${who}@`)}/basic/x`);
  }
  http.get(`${BASE.replace('http://', 'http://a:b@')}/basic/x`, { tags: { name: 'http://c:d@e/' } });
}
