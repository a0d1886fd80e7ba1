/*---
shows = "--log-output stdout."
features = ["flags --log-format --log-output"]
args = ["--log-output", "stdout", "--log-format", "raw"]
compare = ["exit"]
has = ["hello"]
---*/
export default function () { console.warn('hello'); }
