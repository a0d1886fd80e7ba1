/*---
shows = "Elements of a SharedArray cannot be changed."
features = ["SharedArray"]
compare = ["exit", "log"]
---*/
import { SharedArray } from 'k6/data';
const list = new SharedArray('l', () => [{ a: 1, deep: { b: 2 } }, 5, 'x', null, [1]]);
export default function () {
  const attempt = (change) => { try { change(); console.log('fine'); } catch (e) { console.log('throws'); } };
  attempt(() => { list[0].a = 2; }); attempt(() => { list[0] = 2; }); attempt(() => list.push(1)); attempt(() => { list[0].deep.b = 3; });
  console.log(JSON.stringify(list), Array.isArray(list), list.length, JSON.stringify(list.filter((x) => x === 5)));
  console.log(list[0] === list[0], list.indexOf('x'), list.slice(1, 3).join(), Object.keys(list).join());
}
