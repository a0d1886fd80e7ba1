/*---
shows = "Every operator, with and without blanks."
features = ["thresholds"]
args = ["-i", "3"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: ['count<4', 'count <= 3', 'count>2', 'count >= 3', 'count==3', 'count === 3', 'count!=4', ' count  >  2 '] } };
const c = new Counter('cnt');
export default function () { c.add(1); }
