/*---
shows = "Bodies that are neither text nor object."
features = ["form bodies"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const attempt = (body) => {
    try { console.log(http.post(`${BASE}/echo`, body).body); } catch (e) { console.log('throws'); }
  };
  attempt(5); attempt(true); attempt([1, 2]); attempt(undefined);
}
