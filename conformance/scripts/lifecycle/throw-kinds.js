/*---
shows = "Exceptions that are no Error."
features = ["error messages"]
args = ["-i", "5"]
compare = ["exit", "counts", "samples"]
has = ["a text"]
---*/
export default function () {
  switch (__ITER) { case 0: throw 'a text'; case 1: throw { code: 5 }; case 2: null.x; break; case 3: throw undefined; default: nonesuch(); }
}
