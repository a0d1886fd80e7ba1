/*---
shows = "teardownTimeout: exit 101."
features = ["teardown", "option teardownTimeout"]
compare = ["exit"]
---*/
import { check, group, sleep, fail } from 'k6';
export const options = { teardownTimeout: '100ms' };
export function teardown() { sleep(5); }
export default function () {}
