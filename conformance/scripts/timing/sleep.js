/*---
shows = "sleep() of fractions of a second."
features = ["start times of iterations", "sleep"]
compare = ["exit"]
plan_ms = [0.0, 50.0, 125.0, 375.0]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { iterations: 1 };
export default function () { for (const s of [0.05, 0.075, 0.25, 0]) { http.get(`${__ENV.BASE}/at`); sleep(s); } }
