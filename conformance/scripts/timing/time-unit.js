/*---
shows = "Three in 300 ms."
features = ["start times of iterations"]
compare = ["exit"]
plan_ms = [0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 3, timeUnit: '300ms', duration: '1050ms', preAllocatedVUs: 3 } } };
export default function () { http.get(`${__ENV.BASE}/at`); }
