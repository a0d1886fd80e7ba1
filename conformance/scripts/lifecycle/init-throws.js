/*---
shows = "An exception in the init context: exit 107."
features = ["init context", "exit codes", "error messages"]
compare = ["exit"]
has = ["script.js"]
---*/
const x = undefined;
x.nonesuch();
export default function () {}
