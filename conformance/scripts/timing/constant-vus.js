/*---
shows = "A user who waits 100 ms."
features = ["start times of iterations"]
compare = ["exit"]
plan_ms = [0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '1050ms' } } };
let start;
export default function () { start ??= Date.now(); http.get(`${__ENV.BASE}/at`); sleep((start + 100 * (__ITER + 1) - Date.now()) / 1000); }
