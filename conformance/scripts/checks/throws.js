/*---
shows = "A check that throws has failed and throws on."
features = ["check"]
also = ["log"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  try {
    check(1, { first: () => true, bad: () => { throw new Error('boom'); }, never: () => true });
    console.log('not reached');
  } catch (e) { console.log('thrown', e.message); }
}
