/*---
shows = "Logging in the init context, setup and teardown."
features = ["console"]
compare = ["exit", "log"]
---*/
if (__VU > 0) console.log('init', __VU);
export function setup() { console.log('setup'); }
export default function () { console.log('default'); }
export function teardown() { console.log('teardown'); }
