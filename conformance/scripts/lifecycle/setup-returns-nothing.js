/*---
shows = "setup with `return;`."
features = ["setup"]
compare = ["exit", "log"]
---*/
export function setup() { return; }
export default function (data) { console.log(typeof data, JSON.stringify(data)); }
export function teardown(data) { console.log(typeof data, JSON.stringify(data)); }
