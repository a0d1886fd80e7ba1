/*---
shows = "exec.test.options with its defaults."
features = ["execution.test.options"]
compare = ["exit"]
has = []
---*/
import exec from 'k6/execution';
export const options = { vus: 2, iterations: 2, tags: { a: 'b' }, thresholds: { iterations: ['count>0'] } };
export default function () { if (__VU === 1) console.log(JSON.stringify(exec.test.options)); }
