/*---
shows = "setup with `return 5;`."
features = ["setup"]
compare = ["exit", "log"]
---*/
export function setup() { return 5; }
export default function (data) { console.log(typeof data, JSON.stringify(data)); }
export function teardown(data) { console.log(typeof data, JSON.stringify(data)); }
