/*---
shows = "http.asyncRequest and promises."
features = ["http.asyncRequest"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export default async function () {
  const res = await http.asyncRequest('GET', `${BASE}/text`);
  console.log(res.status, res.body);
  const both = await Promise.all([
    http.asyncRequest('POST', `${BASE}/echo`, { a: 1 }),
    http.asyncRequest('GET', `${BASE}/status/404`, null, { tags: { kind: 'late' } }),
  ]);
  console.log(both.map((one) => one.status).join());
  try { await http.asyncRequest('GET', 'nonsense'); console.log('no error'); } catch (e) { console.log('rejected'); }
}
