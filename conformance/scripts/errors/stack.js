/*---
shows = "An exception names the functions that it came through."
features = ["error messages"]
compare = ["exit"]
has = ["deep down", "inner", "outer", "script.js"]
---*/
function inner() { throw new TypeError('deep down'); }
function outer() { inner(); }
export default function () { outer(); }
