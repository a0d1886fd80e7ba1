/*---
shows = "The keys and some values of exec.test.options."
features = ["execution.test.options"]
compare = ["exit", "log"]
---*/
import exec from 'k6/execution';
export const options = { vus: 1, iterations: 1, tags: { a: 'b' } };
export default function () { const o = exec.test.options; console.log(Object.keys(o).sort().join()); console.log(JSON.stringify([o.vus, o.iterations, o.duration, o.tags, o.scenarios, o.paused, o.batch, o.throw])); }
