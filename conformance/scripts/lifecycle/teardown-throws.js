/*---
shows = "An exception in teardown: exit 107."
features = ["teardown", "exit codes"]
compare = ["exit", "counts"]
has = ["no server"]
---*/
export default function () {}
export function teardown() { throw new Error('no server'); }
