/*---
shows = "Tags of samples."
features = ["Counter", "Trend"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('cnt'); const t = new Trend('trd');
export default function () {
  c.add(1, { kind: 'a', n: 5 }); c.add(1, { kind: 'b' }); t.add(3, { deep: 'yes', name: 'own' });
  c.add(1, {}); c.add(1, null); c.add(1, undefined);
}
