/*---
shows = "Two modules that import each other."
features = ["ES modules"]
compare = ["exit", "log"]
files = ["lib/circle-a.js", "lib/circle-b.js"]
---*/
import { ab } from './lib/circle-a.js';
import { b } from './lib/circle-b.js';
export default function () { console.log(ab(), b()); }
