/*---
shows = "An older version by its address."
features = ["jslib k6-utils"]
expect = { exit = [0], checks = 1, because = "k6 needs the internet for it" }
compare = ["exit", "counts"]
---*/
import { randomIntBetween, randomItem, uuidv4 } from 'https://jslib.k6.io/k6-utils/1.2.0/index.js';
import { check } from 'k6';
export default function () { check(null, { all: () => randomIntBetween(1, 1) === 1 && randomItem([7]) === 7 && uuidv4().length === 36 }); }
