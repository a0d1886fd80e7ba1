/*---
shows = "k6/experimental/streams is refused by name."
features = ["module k6/experimental/streams"]
compare = ["exit"]
unsupported = "k6/experimental/streams"
---*/
import * as all from 'k6/experimental/streams';
export default function () { console.log(typeof all); }
