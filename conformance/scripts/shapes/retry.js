/*---
shows = "Retries with a flaky server."
features = ["usual scripts"]
args = ["-i", "3"]
also = ["wire"]
---*/
import http from 'k6/http';
import { check, sleep } from 'k6';
import { Counter } from 'k6/metrics';
const retries = new Counter('retries');
export default function () {
  let res;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    res = http.get(`${__ENV.BASE}/flaky/${__ITER}`, { timeout: '5s', tags: { attempt: String(attempt) } });
    if (res.status < 500) break;
    retries.add(1);
    sleep(0.01 * (attempt + 1));
  }
  check(res, { 'in the end': (r) => r.status === 200 });
}
