/*---
shows = "exec in the init context and in setup."
features = ["execution.vu"]
compare = ["exit", "log"]
---*/
import exec from 'k6/execution';
const seen = [];
for (const read of [() => exec.vu.idInTest, () => exec.scenario.name, () => exec.instance.vusActive, () => exec.test.options.vus]) {
  try { seen.push(typeof read()); } catch (e) { seen.push('throws'); }
}
export function setup() { for (const read of [() => exec.vu.idInTest, () => exec.scenario.name, () => exec.instance.vusActive, () => exec.test.options.vus]) { try { console.log('setup', typeof read()); } catch (e) { console.log('setup throws'); } } }
export default function () { console.log(seen.join()); }
