/*---
shows = "Names that are empty or have ::."
features = ["group", "error messages"]
also = ["log"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  for (const name of ['a::b', '', undefined]) {
    try { group(name, () => check(1, { c: true })); console.log('fine'); } catch (e) { console.log('throws'); }
  }
  for (const body of [undefined, 5]) {
    try { group('g', body); console.log('fine'); } catch (e) { console.log('throws'); }
  }
  try { group('async', async () => {}); console.log('fine'); } catch (e) { console.log('throws'); }
}
