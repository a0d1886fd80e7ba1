/*---
shows = "With throw, a bad value is an exception."
features = ["Counter", "option throw"]
also = ["log"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

export const options = { throw: true };
const c = new Counter('cnt');
export default function () {
  try { c.add('x'); console.log('no error'); } catch (e) { console.log('throws'); }
}
