/*---
shows = "--log-output none."
features = ["flags --log-format --log-output"]
args = ["--log-output", "none"]
compare = ["exit"]
has_not = ["hello"]
---*/
export default function () { console.warn('hello'); }
