/*---
shows = "What k6/html exports."
features = ["exports of k6/html"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/html';
import byDefault from 'k6/html';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
