/*---
shows = "A name that a metric may not have."
features = ["Counter", "error messages"]
compare = ["exit"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('my-metric');
export default function () { c.add(1); }
