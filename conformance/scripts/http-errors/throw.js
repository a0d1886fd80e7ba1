/*---
shows = "With throw a failed request is an exception."
features = ["http errors", "option throw"]
compare = ["exit", "counts", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { throw: true };
export default function () {
  try { http.get('http://127.0.0.1:1/'); console.log('no error'); } catch (e) { console.log('throws'); }
  http.get(`${BASE}/status/500`);
  console.log('a status is no exception');
  http.get('http://127.0.0.1:1/', { timeout: '1s' });
  console.log('not reached');
}
