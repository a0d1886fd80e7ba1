/*---
shows = "The same name with another kind is an error."
features = ["Counter", "error messages"]
compare = ["exit"]
has = ["same"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const a = new Counter('same'); const b = new Trend('same');
export default function () {}
