/*---
shows = "Thresholds as objects."
features = ["thresholds"]
args = ["-i", "3"]
also = ["export"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: [{ threshold: 'count<2', abortOnFail: false }, 'count>0'], iterations: [{ threshold: 'count>0' }] } };
const c = new Counter('cnt');
export default function () { c.add(1); }
