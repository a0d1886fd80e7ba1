/*---
shows = "What k6/timers exports."
features = ["exports of k6/timers"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/timers';
import byDefault from 'k6/timers';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
