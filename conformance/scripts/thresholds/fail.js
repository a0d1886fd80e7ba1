/*---
shows = "One fails: exit 99."
features = ["thresholds"]
args = ["-i", "3"]
also = ["summary", "export"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: ['count>0', 'count<2'] } };
const c = new Counter('cnt');
export default function () { c.add(1); }
