/*---
shows = "What the summary says of !=."
features = ["thresholds", "summary text compact"]
compare = ["exit", "thresholds", "summary"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
export const options = { thresholds: { gau: ['value!=5', 'value != 1'], rat: ['rate!=1'], tre: ['avg!=5', 'p(99)!=7', 'p(99)<9'] } };
const g = new Gauge('gau'); const r = new Rate('rat'); const t = new Trend('tre');
export default function () { g.add(5); r.add(1); t.add(5); }
