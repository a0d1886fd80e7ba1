/*---
shows = "Metrics can be made in the init context only."
features = ["Counter", "init context"]
also = ["log"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

export default function () {
  try { new Counter('late'); console.log('made'); } catch (e) { console.log('throws'); }
}
