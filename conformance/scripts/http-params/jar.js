/*---
shows = "A request with a jar of its own."
features = ["cookies", "CookieJar"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const jar = new http.CookieJar();
  jar.set(`${BASE}/`, 'own', 'jar');
  console.log(http.get(`${BASE}/cookies`, { jar }).body);
  console.log(http.get(`${BASE}/cookies`).body);
}
