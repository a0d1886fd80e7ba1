/*---
shows = "A check of a promise."
features = ["check"]
also = ["log"]
---*/
import { check, group, sleep, fail } from 'k6';

export default async function () {
  console.log(check(1, { ok: (x) => x === 1 }));
  check(1, { promise: async () => false });
}
