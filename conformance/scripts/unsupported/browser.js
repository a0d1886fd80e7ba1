/*---
shows = "k6/browser is refused by name."
features = ["module k6/browser"]
compare = ["exit"]
unsupported = "k6/browser"
---*/
import * as all from 'k6/browser';
export default function () { console.log(typeof all); }
