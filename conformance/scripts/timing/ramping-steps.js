/*---
shows = "A step: 10 a second, then 50."
features = ["start times of iterations"]
compare = ["exit"]
plan_ms = [
    100.0,
    200.0,
    300.0,
    400.0,
    460.0,
    480.0,
    500.0,
    520.0,
    540.0,
    560.0,
    580.0,
    600.0,
    620.0,
]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'ramping-arrival-rate', startRate: 10, timeUnit: '1s', preAllocatedVUs: 4, stages: [{ duration: '450ms', target: 10 }, { duration: '0s', target: 50 }, { duration: '182ms', target: 50 }] } } };
export default function () { http.get(`${__ENV.BASE}/at`); }
