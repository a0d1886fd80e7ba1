/*---
shows = "--out csv."
features = ["output csv"]
args = ["--out", "csv=samples.csv"]
compare = ["exit"]
files_out = ["samples.csv"]
---*/
import http from 'k6/http';
import { check, group } from 'k6';
import { Counter, Trend, Gauge, Rate } from 'k6/metrics';
const c = new Counter('made'); const t = new Trend('size'); const g = new Gauge('level'); const r = new Rate('good');
export const options = { thresholds: { made: ['count>0', 'count<1'], http_req_duration: ['max<60000'] } };
export function setup() { return { from: 'setup' }; }
export default function () {
  group('g', () => { const res = http.get(`${__ENV.BASE}/text`); check(res, { ok: (x) => x.status === 200, no: false }); });
  c.add(3); t.add(5); t.add(6.5); g.add(2); r.add(1);
}
