/*---
shows = "Blanks at the ends of a selector are no part of its name."
features = ["thresholds on tags"]
compare = ["exit", "thresholds", "definitions", "summary"]
---*/
import { Counter } from 'k6/metrics';
export const options = { thresholds: { 'cnt{ kind : a , other:  b }': ['count==1'], 'cnt{kind: a}': ['count==0'] } };
const c = new Counter('cnt');
export default function () { c.add(1); c.add(1, { kind: 'a', other: 'b' }); }
