/*---
shows = "A metric without a sample is not in the summary."
features = ["Counter", "summary text compact"]
also = ["summary", "export"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('unused'); const t = new Trend('unused_trend');
export default function () {}
