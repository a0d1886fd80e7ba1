/*---
shows = "setup with `return 'x';`."
features = ["setup"]
compare = ["exit", "log"]
---*/
export function setup() { return 'x'; }
export default function (data) { console.log(typeof data, JSON.stringify(data)); }
export function teardown(data) { console.log(typeof data, JSON.stringify(data)); }
