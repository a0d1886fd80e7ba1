/*---
shows = "The methods of the jar."
features = ["CookieJar"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const jar = http.cookieJar();
  jar.set(BASE, 'x', 'y');
  jar.set(`${BASE}/deep`, 'p', 'q', { path: '/deep', max_age: 600, secure: false, http_only: true });
  console.log(JSON.stringify(jar.cookiesForURL(BASE)), JSON.stringify(jar.cookiesForURL(`${BASE}/deep`)));
  console.log(http.get(`${BASE}/cookies/all`).body);
  jar.delete(BASE, 'x');
  console.log(JSON.stringify(jar.cookiesForURL(BASE)));
  jar.set(BASE, 'z', '1');
  jar.clear(BASE);
  console.log(JSON.stringify(jar.cookiesForURL(BASE)), http.get(`${BASE}/cookies`).body);
}
