/*---
shows = "What k6/crypto exports."
features = ["exports of k6/crypto"]
compare = ["exit", "log"]
---*/
import * as all from 'k6/crypto';
import byDefault from 'k6/crypto';
const kinds = (o) => Object.keys(o).sort().map((key) => `${key}:${typeof o[key]}`).join(' ');
export default function () {
  console.log(kinds(all));
  console.log(typeof byDefault, byDefault ? kinds(byDefault) : '');
}
