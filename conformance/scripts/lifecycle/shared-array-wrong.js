/*---
shows = "SharedArray with wrong arguments."
features = ["SharedArray", "error messages"]
compare = ["exit", "log"]
---*/
import { SharedArray } from 'k6/data';
const seen = [];
for (const attempt of [() => new SharedArray('', () => []), () => new SharedArray('a', () => 5), () => new SharedArray('b', 5), () => new SharedArray('c', () => ({}))]) {
  try { attempt(); seen.push('fine'); } catch (e) { seen.push('throws'); }
}
export default function () {
  try { new SharedArray('late', () => []); console.log('made'); } catch (e) { console.log('throws'); }
  console.log(seen.join());
}
