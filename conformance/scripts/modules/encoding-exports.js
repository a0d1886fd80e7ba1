/*---
shows = "What k6/encoding exports."
features = ["exports of k6/encoding"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/encoding';
import byDefault from 'k6/encoding';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
