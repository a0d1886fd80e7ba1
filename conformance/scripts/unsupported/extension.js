/*---
shows = "k6/x/kafka is refused by name."
features = ["module k6/x/kafka"]
compare = ["exit"]
unsupported = "k6/x/kafka"
---*/
import * as all from 'k6/x/kafka';
export default function () { console.log(typeof all); }
