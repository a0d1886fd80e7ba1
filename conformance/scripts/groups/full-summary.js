/*---
shows = "The full summary shows scenarios and groups."
features = ["summary text full", "group"]
args = ["--summary-mode", "full"]
also = ["summary"]
---*/
import { check, group, sleep, fail } from 'k6';

import http from 'k6/http';
import { Counter } from 'k6/metrics';
const made = new Counter('made');
export const options = { scenarios: {
  one: { executor: 'shared-iterations', iterations: 2 },
  two: { executor: 'per-vu-iterations', iterations: 1, exec: 'two', startTime: '200ms' },
}, thresholds: { 'http_req_failed{scenario:two}': ['rate<1'], checks: ['rate>=0.5'] } };
export default function () {
  group('login', () => { http.get(`${__ENV.BASE}/text`); check(1, { fine: true }); group('deep', () => check(1, { never: false })); });
  made.add(2);
}
export function two() { http.get(`${__ENV.BASE}/text`); check(1, { 'of two': true }); }
