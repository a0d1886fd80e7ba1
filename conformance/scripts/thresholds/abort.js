/*---
shows = "abortOnFail ends the run."
features = ["thresholds abortOnFail"]
args = ["-d", "20s"]
compare = ["exit", "thresholds"]
also = []
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: [{ threshold: 'count<5', abortOnFail: true }] } };
import { sleep } from 'k6';
const c = new Counter('cnt');
export default function () { c.add(1); sleep(0.2); }
