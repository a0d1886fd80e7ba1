/*---
shows = "A threshold that is no list."
features = ["thresholds"]
compare = ["exit"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: 'count<1' } };
const c = new Counter('cnt');
export default function () { c.add(1); }
