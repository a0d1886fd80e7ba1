/*---
shows = "maxRedirects ends with the redirect itself."
features = ["redirects", "option maxRedirects"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { maxRedirects: 2 };
export default function () {
  const res = http.get(`${BASE}/redirect/4`);
  console.log(res.status, res.url.split('/').slice(-2).join('/'), res.error_code);
}
