/*---
shows = "Percentiles between values."
features = ["Trend"]
also = ["summary", "export"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const t = new Trend('trd');
export const options = { summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(0)', 'p(10)', 'p(50)', 'p(90)', 'p(99.9)', 'p(100)', 'count'] };
export default function () { for (let n = 1; n <= 10; n += 1) t.add(n * n); }
