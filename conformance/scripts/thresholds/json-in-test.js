/*---
shows = "Thresholds are seen through k6/execution."
features = ["thresholds", "execution.test.options"]
also = ["log"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { cnt: ['count<1'] } };
import exec from 'k6/execution';
const c = new Counter('cnt');
export default function () { console.log(JSON.stringify(exec.test.options.thresholds)); }
