/*---
shows = "Scenarios that begin later."
features = ["start times of iterations"]
compare = ["exit"]
plan_ms = [
    0.0,
    200.0,
    400.0,
    500.0,
    600.0,
    700.0,
    800.0,
    900.0,
    1000.0,
    1100.0,
    1200.0,
    1300.0,
    1400.0,
]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'shared-iterations' }, b: { executor: 'shared-iterations', startTime: '200ms' }, c: { executor: 'constant-arrival-rate', startTime: '400ms', rate: 10, timeUnit: '1s', duration: '1025ms', preAllocatedVUs: 1 } } };
export default function () { http.get(`${__ENV.BASE}/at`); }
