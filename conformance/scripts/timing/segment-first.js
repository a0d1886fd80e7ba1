/*---
shows = "The first half of 20 a second."
features = ["start times of iterations", "execution segments"]
compare = ["exit"]
plan_ms = [0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { executionSegment: '0:1/2', executionSegmentSequence: '0,1/2,1', scenarios: { a: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '1025ms', preAllocatedVUs: 4 } } };
export default function () { http.get(`${__ENV.BASE}/at`); }
