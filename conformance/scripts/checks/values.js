/*---
shows = "Values instead of functions, and what counts as true."
features = ["check"]
also = ["log"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  const all = check(null, { yes: true, no: false, zero: 0, one: 1, empty: '', text: 'x', none: null, list: [] });
  console.log(all, check(1, {}), check(undefined, { u: (x) => x === undefined }));
}
