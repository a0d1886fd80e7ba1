/*---
shows = "Long names and many metrics."
features = ["summary text compact"]
also = ["summary"]
---*/
import { Counter, Trend } from 'k6/metrics';
const long = new Counter('a_name_that_is_longer_than_any_of_the_usual_ones'); const t = new Trend('trd', true); const big = new Counter('big');
export default function () { long.add(1234567); big.add(0.5); t.add(0.5); t.add(61000); t.add(3723004); }
