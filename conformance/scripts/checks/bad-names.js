/*---
shows = "Names with :: and calls that are wrong."
features = ["check", "error messages"]
also = ["log"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  for (const attempt of [() => check(1, { 'a::b': true }), () => check(1), () => check(), () => check(1, null)]) {
    try { console.log(attempt()); } catch (e) { console.log('throws'); }
  }
}
