/*---
shows = "20 starts a second."
features = ["start times of iterations"]
compare = ["exit"]
plan_ms = [
    0.0,
    50.0,
    100.0,
    150.0,
    200.0,
    250.0,
    300.0,
    350.0,
    400.0,
    450.0,
    500.0,
    550.0,
    600.0,
    650.0,
    700.0,
    750.0,
    800.0,
    850.0,
    900.0,
    950.0,
    1000.0,
]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '1025ms', preAllocatedVUs: 3 } } };
export default function () { http.get(`${__ENV.BASE}/at`); }
