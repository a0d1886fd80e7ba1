/*---
shows = "delayAbortEval puts it off."
features = ["thresholds abortOnFail"]
args = ["-i", "3"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: [{ threshold: 'count<1', abortOnFail: true, delayAbortEval: '1m' }] } };
import { sleep } from 'k6';
const c = new Counter('cnt');
export default function () { c.add(1); sleep(0.2); }
