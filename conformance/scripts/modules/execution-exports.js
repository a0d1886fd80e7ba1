/*---
shows = "What k6/execution exports."
features = ["exports of k6/execution"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/execution';
import byDefault from 'k6/execution';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
