/*---
shows = "-i discards the scenarios of the script."
features = ["flags -u -i -d -s"]
args = ["-i", "2"]
compare = ["exit", "counts", "samples", "banner"]
---*/
export const options = { scenarios: { a: { executor: 'shared-iterations', iterations: 50 } } };
export default function () {}
