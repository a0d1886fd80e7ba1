/*---
shows = "Cookies of one request, with and without replace."
features = ["cookies", "http params cookies"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.cookieJar().set(BASE, 'a', 'jar');
  console.log(http.get(`${BASE}/cookies`, { cookies: { b: 'own' } }).body);
  console.log(http.get(`${BASE}/cookies`, { cookies: { a: 'own' } }).body);
  console.log(http.get(`${BASE}/cookies`, { cookies: { a: { value: 'own', replace: true } } }).body);
  console.log(http.get(`${BASE}/cookies`).body);
}
