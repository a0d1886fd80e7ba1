/*---
shows = "-u alone discards nothing."
features = ["flags -u -i -d -s"]
args = ["-u", "3"]
compare = ["exit", "banner"]
---*/
export const options = { scenarios: { a: { executor: 'shared-iterations', iterations: 3 } } };
export default function () {}
