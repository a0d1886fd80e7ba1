/*---
shows = "The module as a whole and as default."
features = ["jslib k6-utils"]
expect = { exit = [0], checks = 1, because = "k6 needs the internet for it" }
compare = ["exit", "counts"]
---*/
import * as utils from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
import { check } from 'k6';
export default function () { check(utils, { has: (u) => typeof u.randomItem === 'function' }); }
