/*---
shows = "An answer in zstd is unpacked."
features = ["response compression"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/compressed/zstd`);
  console.log(res.status, res.body, res.headers['Content-Encoding'], res.json('compressed'));
}
