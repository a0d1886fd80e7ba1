/*---
shows = "A Host header of its own."
features = ["http params headers"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/text`, { headers: { Host: 'shop.example' } });
  console.log(res.status);
}
