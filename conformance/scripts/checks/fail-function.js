/*---
shows = "fail() ends the iteration."
features = ["fail"]
args = ["-i", "2"]
also = ["log"]
has = ["no seats"]
---*/
import { check, group, sleep, fail } from 'k6';

export default function () {
  if (__ITER === 0) fail('no seats');
  console.log('second iteration', __ITER);
}
