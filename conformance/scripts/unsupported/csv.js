/*---
shows = "k6/experimental/csv is refused by name."
features = ["module k6/experimental/csv"]
compare = ["exit"]
unsupported = "k6/experimental/csv"
---*/
import * as all from 'k6/experimental/csv';
export default function () { console.log(typeof all); }
