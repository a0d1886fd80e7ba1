/*---
shows = "Users who come one after the other."
features = ["start times of iterations"]
compare = ["exit"]
plan_ms = [0.0, 100.0, 200.0, 300.0, 400.0]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: '400ms', target: 5 }, { duration: '300ms', target: 5 }], gracefulStop: '3s' } } };
export default function () { http.get(`${__ENV.BASE}/at`); sleep(1); }
