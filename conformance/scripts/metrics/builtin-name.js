/*---
shows = "A script declares a metric of k6."
features = ["Counter"]
compare = ["exit", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('http_reqs');
export default function () { c.add(1); }
