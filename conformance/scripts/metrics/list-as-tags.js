/*---
shows = "A list where tags belong."
features = ["Counter"]
also = ["log"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('cnt');
export default function () {
  try { c.add(1, ['x']); console.log('taken'); } catch (e) { console.log('throws'); }
}
