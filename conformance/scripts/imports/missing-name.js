/*---
shows = "A name that a module does not export."
features = ["ES modules"]
compare = ["exit"]
has = ["nonesuch"]
files = ["lib/helper.js"]
---*/
import { nonesuch } from './lib/helper.js';
export default function () { console.log(typeof nonesuch); }
