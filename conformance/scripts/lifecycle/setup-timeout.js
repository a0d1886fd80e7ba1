/*---
shows = "setupTimeout: exit 100."
features = ["setup", "option setupTimeout"]
compare = ["exit"]
---*/
import { check, group, sleep, fail } from 'k6';
export const options = { setupTimeout: '100ms' };
export function setup() { sleep(5); }
export default function () {}
