/*---
shows = "setup, default and teardown as async functions."
features = ["setup", "promises"]
compare = ["exit", "log"]
---*/
export async function setup() { await null; return 4; }
export default async function (data) { await Promise.resolve(); console.log(data); }
export async function teardown(data) { await null; console.log('teardown', data); }
