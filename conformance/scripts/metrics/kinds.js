/*---
shows = "The four kinds of metrics of a script."
features = ["Counter", "Gauge", "Rate", "Trend"]
also = ["summary", "log", "export", "definitions"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('my_counter'); const g = new Gauge('my_gauge');
const r = new Rate('my_rate'); const t = new Trend('my_trend'); const ms = new Trend('my_time', true);
export default function () {
  c.add(1); c.add(2.5); g.add(7); g.add(3); r.add(true); r.add(0); r.add(1);
  for (const value of [1, 2, 3, 4, 10]) { t.add(value); ms.add(value); }
  console.log(c.name, g.name, r.name, t.name);
}
