/*---
shows = "What k6/secrets exports."
features = ["exports of k6/secrets"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/secrets';
import byDefault from 'k6/secrets';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
