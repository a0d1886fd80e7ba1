/*---
shows = "Metrics without samples."
features = ["thresholds"]
also = ["summary"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { trd: ['p(95)<1'], rat: ['rate>0.5'], gau: ['value<1'] } };
const t = new Trend('trd'); const r = new Rate('rat'); const g = new Gauge('gau');
export default function () {}
