/*---
shows = "Figures of Counter, Gauge and Rate."
features = ["thresholds"]
also = ["summary"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: ['count==2', 'rate>0'], gau: ['value==4', 'value<5'], rat: ['rate==0.5', 'rate<0.5'] } };
const c = new Counter('cnt'); const g = new Gauge('gau'); const r = new Rate('rat');
export default function () { c.add(1); c.add(1); g.add(9); g.add(4); r.add(1); r.add(0); }
