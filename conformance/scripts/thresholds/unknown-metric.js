/*---
shows = "An unknown metric stops the run."
features = ["thresholds"]
compare = ["exit"]
has = ["nonesuch"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { nonesuch: ['count>0'] } };
export default function () {}
