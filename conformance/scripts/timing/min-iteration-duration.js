/*---
shows = "minIterationDuration keeps a distance."
features = ["start times of iterations", "option minIterationDuration"]
compare = ["exit"]
plan_ms = [0.0, 120.0, 240.0, 360.0, 480.0]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { minIterationDuration: '120ms', iterations: 5 };
export default function () { http.get(`${__ENV.BASE}/at`); }
