/*---
shows = "Functions, maps, sets and circles."
features = ["console"]
compare = ["exit", "log"]
---*/
export default function () {
  console.log(new Map([[1, 2]])); console.log(new Set([1])); console.log(new Uint8Array([1, 2])); console.log(function named() {}); console.log(class A {});
  const circle = { name: 'c' }; circle.self = circle; console.log(circle);
}
