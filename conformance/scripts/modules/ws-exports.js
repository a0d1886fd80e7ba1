/*---
shows = "What k6/ws exports."
features = ["exports of k6/ws"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/ws';
import byDefault from 'k6/ws';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
