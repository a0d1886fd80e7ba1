/*---
shows = "--log-format json and --log-output."
features = ["flags --log-format --log-output"]
args = ["--log-format", "json", "--log-output", "file=log.json"]
compare = ["exit"]
has_not = ["hello"]
---*/
export default function () { console.warn('hello'); }
