/*---
shows = "Sums over several users."
features = ["Counter", "Rate"]
also = ["summary"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('cnt'); const r = new Rate('rat');
export const options = { vus: 3, iterations: 9 };
export default function () { c.add(2); r.add(__ITER >= 0); }
