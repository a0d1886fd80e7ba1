/*---
shows = "How values are written."
features = ["console"]
compare = ["exit", "log"]
---*/
export default function () {
  console.log(1, 'two', true, null, undefined); console.log({ a: 1, b: [1, 2], c: { d: 'x' } }); console.log([1, 'a', null]); console.log();
  console.log('%s and %d', 'x', 5); console.log(1.5, -0, 1e21, NaN, Infinity); console.log('line\nbreak', 'tab\t', 'quote"', 'ü €');
}
