/*---
shows = "Every figure of a Trend."
features = ["thresholds"]
also = ["summary"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { trd: ['avg<=3', 'min==1', 'med==3', 'max==5', 'p(90)<=4.6', 'p(95)<4.9', 'p(99.9)<5', 'p(50)==3', 'avg<3'] } };
const t = new Trend('trd');
export default function () { for (const n of [1, 2, 3, 4, 5]) t.add(n); }
