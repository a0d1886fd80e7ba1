/*---
shows = "A module that two others import is evaluated once for each user."
features = ["ES modules"]
compare = ["exit", "log"]
files = ["lib/once.js", "lib/again.js"]
---*/
import once from './lib/once.js';
import again from './lib/again.js';
export default function () { console.log(once, again); }
