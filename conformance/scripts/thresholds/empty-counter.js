/*---
shows = "A Counter without samples is 0."
features = ["thresholds"]
also = ["summary"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: ['count>0'], 'http_reqs': ['count==0'] } };
const c = new Counter('cnt');
export default function () {}
