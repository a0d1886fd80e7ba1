/*---
shows = "A module beside the script, with default and named exports."
features = ["ES modules"]
compare = ["exit", "log"]
files = ["lib/helper.js", "lib/outer.js"]
---*/
import twice, { answer } from './lib/helper.js';
import * as all from './lib/helper.js';
import { derived } from './lib/outer.js';
export default function () {
  console.log(twice(answer), derived, Object.keys(all).sort().join());
}
