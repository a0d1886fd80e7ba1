/*---
shows = "await at the top level."
features = ["error messages"]
compare = ["exit", "log"]
---*/
const x = await Promise.resolve(3);
export default function () { console.log(x); }
