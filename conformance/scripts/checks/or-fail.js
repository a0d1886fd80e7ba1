/*---
shows = "check() || fail()."
features = ["check", "fail"]
also = ["log"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  check(1, { ok: (x) => x === 2 }) || fail('stopped');
  console.log('not reached');
}
