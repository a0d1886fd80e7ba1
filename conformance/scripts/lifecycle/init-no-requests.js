/*---
shows = "Requests, checks, groups and sleep in the init context."
features = ["init context", "error messages"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check, group, sleep } from 'k6';
const seen = [];
for (const attempt of [() => http.get(`${__ENV.BASE}/text`), () => check(1, { a: true }), () => group('g', () => 1), () => http.batch([`${__ENV.BASE}/text`])]) {
  try { attempt(); seen.push('fine'); } catch (e) { seen.push('throws'); }
}
export default function () { console.log(seen.join()); }
