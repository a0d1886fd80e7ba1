/*---
shows = "What setup returns reaches every function."
features = ["setup", "teardown"]
compare = ["exit", "counts", "samples", "log"]
---*/
export const options = { vus: 1, iterations: 2 };
export function setup() { return { token: 'abc', list: [1, { a: 2 }], none: undefined, date: new Date(0) }; }
export default function (data) { console.log(JSON.stringify(data)); data.token = 'changed'; }
export function teardown(data) { console.log('teardown', JSON.stringify(data)); }
