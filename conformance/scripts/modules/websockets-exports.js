/*---
shows = "What k6/websockets exports."
features = ["exports of k6/websockets"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/websockets';
import byDefault from 'k6/websockets';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
