/*---
shows = "A segment of 50%."
features = ["execution segments"]
args = ["--execution-segment", "50%"]
compare = ["exit", "counts", "banner"]
---*/
export const options = { scenarios: { a: { executor: 'shared-iterations', vus: 3, iterations: 9 } } };
export default function () {}
