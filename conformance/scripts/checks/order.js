/*---
shows = "The summary lists checks in the order they came."
features = ["check", "summary text compact"]
also = ["summary"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  check(1, { zebra: true, apple: true });
  group('g', () => check(1, { zebra: false, mango: true }));
  check(1, { banana: true });
}
