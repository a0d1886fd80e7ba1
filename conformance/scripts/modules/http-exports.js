/*---
shows = "What k6/http exports."
features = ["exports of k6/http"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/http';
import byDefault from 'k6/http';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
