/*---
shows = "k6/experimental/redis is refused by name."
features = ["module k6/experimental/redis"]
compare = ["exit"]
unsupported = "k6/experimental/redis"
---*/
import * as all from 'k6/experimental/redis';
export default function () { console.log(typeof all); }
