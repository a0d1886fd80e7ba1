/*---
shows = "randomSeed makes Math.random repeat."
features = ["randomSeed"]
compare = ["exit", "log"]
---*/
import { randomSeed } from 'k6';
export default function () {
  randomSeed(7); const a = [Math.random(), Math.random()];
  randomSeed(7); const b = [Math.random(), Math.random()];
  randomSeed(8); const c = Math.random();
  console.log(a[0] === b[0] && a[1] === b[1], c !== a[0], a[0] >= 0 && a[0] < 1);
}
