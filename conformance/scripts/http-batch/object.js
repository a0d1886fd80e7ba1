/*---
shows = "A batch with names."
features = ["http.batch"]
compare = ["exit", "counts", "samples", "wire", "log"]
unordered = true
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.batch({
    front: `${BASE}/text`,
    side: ['PUT', `${BASE}/echo`, 'put', { headers: { 'X-A': '1' } }],
  });
  console.log(Object.keys(res).sort().join(), res.front.status, res.side.json('headers.x-a'));
}
