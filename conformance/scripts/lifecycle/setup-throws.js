/*---
shows = "An exception in setup: exit 107, and teardown."
features = ["setup", "exit codes"]
compare = ["exit", "log"]
has = ["no server"]
---*/
export function setup() { throw new Error('no server'); }
export default function () { console.log('not reached'); }
export function teardown() { console.log('teardown'); }
