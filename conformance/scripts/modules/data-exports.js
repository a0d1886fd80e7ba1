/*---
shows = "What k6/data exports."
features = ["exports of k6/data"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/data';
import byDefault from 'k6/data';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
