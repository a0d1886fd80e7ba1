/*---
shows = "setup with `return null;`."
features = ["setup"]
compare = ["exit", "log"]
---*/
export function setup() { return null; }
export default function (data) { console.log(typeof data, JSON.stringify(data)); }
export function teardown(data) { console.log(typeof data, JSON.stringify(data)); }
