/*---
shows = "Thresholds on tags."
features = ["thresholds on tags"]
also = ["summary", "definitions"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { 'cnt{kind:a}': ['count==2'], 'cnt{kind:b,size:big}': ['count==1'], 'cnt{kind:none}': ['count==0'], 'checks{check:fine}': ['rate==1'], 'iterations{scenario:default}': ['count==1'] } };
const c = new Counter('cnt');
export default function () { c.add(1, { kind: 'a' }); c.add(1, { kind: 'a', size: 'big' }); c.add(1, { kind: 'b', size: 'big' }); c.add(1, { kind: 'b' }); check(1, { fine: true, bad: false }); }
