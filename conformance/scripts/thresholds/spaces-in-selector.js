/*---
shows = "Blanks and quotes in a selector."
features = ["thresholds on tags"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { 'cnt{ kind : a }': ['count==1'], 'cnt{kind:"b c"}': ['count==0'] } };
const c = new Counter('cnt');
export default function () { c.add(1, { kind: 'a' }); c.add(1, { kind: 'b c' }); }
