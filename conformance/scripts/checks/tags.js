/*---
shows = "Tags of a check."
features = ["check"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  check(1, { tagged: (x) => x === 1 }, { kind: 'fast', n: 3 });
  check(1, { plain: true, no: false });
}
