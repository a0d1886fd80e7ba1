/*---
shows = "A user agent of its own, in the header and in the options."
features = ["http params headers", "option userAgent"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { userAgent: 'suite/1.0' };
export default function () {
  http.get(`${BASE}/text`);
  const res = http.get(`${BASE}/headers`, { headers: { 'User-Agent': 'own/2' } });
  console.log(res.request.headers['User-Agent']);
}
