/*---
shows = "__VU and __ITER in every place."
features = ["__VU and __ITER"]
compare = ["exit", "log"]
unordered = true
---*/
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };
let mine = 0;
export function setup() { console.log('setup', __VU, typeof __ITER); }
export default function () { mine += 1; console.log(__VU, __ITER, mine); }
export function teardown() { console.log('teardown', __VU, typeof __ITER); }
