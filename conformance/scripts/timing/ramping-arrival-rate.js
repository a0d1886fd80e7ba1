/*---
shows = "From 0 to 40 a second in one second."
features = ["start times of iterations"]
compare = ["exit"]
plan_ms = [
    222.49,
    314.64,
    385.36,
    444.97,
    497.49,
    544.98,
    588.64,
    629.29,
    667.46,
    703.56,
    737.9,
    770.71,
    802.18,
    832.47,
    861.68,
    889.94,
    917.33,
    943.93,
    969.79,
]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'ramping-arrival-rate', startRate: 0, timeUnit: '1s', preAllocatedVUs: 4, stages: [{ duration: '990ms', target: 40 }] } } };
export default function () { http.get(`${__ENV.BASE}/at`); }
