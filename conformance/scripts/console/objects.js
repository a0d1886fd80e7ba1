/*---
shows = "How objects of other kinds are written."
features = ["console"]
compare = ["exit", "log"]
---*/
export default function () {
  console.log(new Date(0)); console.log(new Error('bad').message); console.log(Symbol('s').toString()); console.log([[], {}]);
  console.log({ u: undefined, n: null, f: 1.5, s: '' }); console.log('' + { a: 1 }, `${[1, 2]}`);
}
