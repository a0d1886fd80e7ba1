/*---
shows = "Groups within groups tag samples and report durations."
features = ["group"]
also = ["log", "summary", "export"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  const value = group('outer', () => {
    check(1, { 'in outer': true });
    return group('inner', () => { check(1, { 'in inner': true }); return 5; });
  });
  check(1, { outside: true });
  console.log(value);
}
