/*---
shows = "An exception leaves the group."
features = ["group"]
also = ["log"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  try { group('g', () => { throw new Error('inside'); }); } catch (e) { console.log(e.message); }
  check(1, { 'no group any more': true });
}
