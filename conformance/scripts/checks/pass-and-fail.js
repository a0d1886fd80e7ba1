/*---
shows = "Some checks pass, some fail; the exit code stays 0."
features = ["check"]
args = ["-i", "3"]
also = ["summary", "log", "export"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  const all = check(7, { 'is 7': (x) => x === 7, 'is 8': (x) => x === 8, 'is a number': (x) => typeof x === 'number' });
  console.log(all, check(1, { one: (x) => x }));
}
