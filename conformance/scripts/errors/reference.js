/*---
shows = "An unknown name in an iteration names the line."
features = ["error messages"]
compare = ["exit", "counts"]
has = ["nonesuch", "script.js"]
---*/
export default function () {
  nonesuch();
}
