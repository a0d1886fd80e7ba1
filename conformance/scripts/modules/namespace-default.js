/*---
shows = "A namespace of a module of k6's has no default; the default import and require have what it has."
features = ["default import of modules"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/encoding';
import byDefault from 'k6/encoding';
import other, * as mixed from 'k6/timers';
import { b64encode } from 'k6/encoding';
export default function () {
  console.log(typeof all.default, 'default' in all, typeof all.b64encode, typeof byDefault.b64encode);
  console.log(all.b64encode('x'), b64encode('x'), typeof other.setTimeout, typeof mixed.setTimeout);
  console.log(`import * as text from 'k6/encoding'`);
}
