/*---
shows = "k6/experimental/fs is refused by name."
features = ["module k6/experimental/fs"]
compare = ["exit"]
unsupported = "k6/experimental/fs"
---*/
import * as all from 'k6/experimental/fs';
export default function () { console.log(typeof all); }
