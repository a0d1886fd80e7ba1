/*---
shows = "The expression `p(101)<5` for a Rate."
features = ["thresholds", "error messages"]
compare = ["exit"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { checks: ['p(101)<5'] } };
export default function () { check(1, { a: true }); }
