/*---
shows = "setup with `return { f: () => 1, n: NaN };`."
features = ["setup"]
compare = ["exit", "log"]
---*/
export function setup() { return { f: () => 1, n: NaN }; }
export default function (data) { console.log(typeof data, JSON.stringify(data)); }
export function teardown(data) { console.log(typeof data, JSON.stringify(data)); }
