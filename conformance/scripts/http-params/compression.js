/*---
shows = "A body that the client compresses."
features = ["http params compression"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  for (const compression of ['gzip', 'deflate']) {
    const res = http.post(`${BASE}/text`, 'a'.repeat(64), { compression });
    console.log(res.status, res.request.headers['Content-Encoding']);
  }
}
