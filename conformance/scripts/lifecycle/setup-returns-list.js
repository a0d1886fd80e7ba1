/*---
shows = "setup with `return [1];`."
features = ["setup"]
compare = ["exit", "log"]
---*/
export function setup() { return [1]; }
export default function (data) { console.log(typeof data, JSON.stringify(data)); }
export function teardown(data) { console.log(typeof data, JSON.stringify(data)); }
