/*---
shows = "What a response says of its request."
features = ["Response request"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const { request } = http.post(`${BASE}/echo`, { a: 1 }, { headers: { 'x-own': '1' }, cookies: { c: 'd' } });
  console.log(Object.keys(request).sort().join());
  console.log(request.method, request.url, request.body, JSON.stringify(request.headers['X-Own']));
  console.log(JSON.stringify(request.cookies), Object.keys(request.headers).sort().join());
}
