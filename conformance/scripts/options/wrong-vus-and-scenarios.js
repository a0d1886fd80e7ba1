/*---
shows = "The options are `{ vus: 3, scenarios: { a: { executor: 'shared-iterations' } } }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { vus: 3, scenarios: { a: { executor: 'shared-iterations' } } };
export default function () {}
