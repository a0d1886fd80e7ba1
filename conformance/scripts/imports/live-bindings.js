/*---
shows = "An exported binding that its module reassigns is seen by the importer."
features = ["ES modules"]
compare = ["exit", "log"]
files = ["lib/helper.js"]
args = ["-i", "2"]
---*/
import { counter, bump } from './lib/helper.js';
export default function () {
  bump(); bump();
  console.log(counter);
}
