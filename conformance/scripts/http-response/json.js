/*---
shows = "json() without a path, and of what is not JSON."
features = ["Response.json"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const whole = http.get(`${BASE}/json`).json();
  console.log(whole.name.first, whole.children.length, Object.keys(whole).sort().join());
  for (const path of ['/text', '/empty', '/html']) {
    try { console.log(path, JSON.stringify(http.get(`${BASE}${path}`).json())); } catch (e) { console.log(path, 'throws'); }
    try { console.log(path, http.get(`${BASE}${path}`).json('a.b')); } catch (e) { console.log(path, 'throws'); }
  }
}
