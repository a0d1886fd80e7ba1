/*---
shows = "What k6/metrics exports."
features = ["exports of k6/metrics"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/metrics';
import byDefault from 'k6/metrics';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
