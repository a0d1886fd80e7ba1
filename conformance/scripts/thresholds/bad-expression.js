/*---
shows = "The expression `rate<` for a Rate."
features = ["thresholds", "error messages"]
compare = ["exit"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { checks: ['rate<'] } };
export default function () { check(1, { a: true }); }
