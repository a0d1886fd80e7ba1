/*---
shows = "A syntax error names file, line and column."
features = ["error messages"]
compare = ["exit"]
has = ["script.js"]
---*/
export default function () {
  const x = ;
}
