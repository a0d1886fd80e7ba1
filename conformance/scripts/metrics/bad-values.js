/*---
shows = "Values that are no numbers."
features = ["Counter", "error messages"]
also = ["log"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('cnt'); const t = new Trend('trd'); const r = new Rate('rat'); const g = new Gauge('gau');
export default function () {
  for (const metric of [c, t, r, g]) {
    for (const value of ['5', 'x', null, undefined, NaN, {}, true, -1, Infinity]) {
      let result;
      try { result = metric.add(value); } catch (e) { result = 'throws'; }
      console.log(metric.name, String(value), result);
    }
  }
}
