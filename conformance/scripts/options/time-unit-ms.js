/*---
shows = "summaryTimeUnit ms."
features = ["option summaryTimeUnit"]
also = ["summary"]
---*/
import { Trend } from 'k6/metrics';
const t = new Trend('trd', true);
export const options = { summaryTimeUnit: 'ms' };
export default function () { t.add(1500.25); t.add(3); t.add(0.0042); }
