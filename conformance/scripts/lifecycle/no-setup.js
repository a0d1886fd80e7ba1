/*---
shows = "--no-setup and --no-teardown."
features = ["flags --no-setup --no-teardown"]
args = ["--no-setup", "--no-teardown"]
compare = ["exit", "log"]
---*/
export function setup() { console.log('setup'); return 1; }
export default function (data) { console.log(data); }
export function teardown() { console.log('teardown'); }
