/*---
shows = "The options are `{ stages: [{ duration: '1s', target: 1 }], scenarios: { a: { executor: 'shared-iterations' } } }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { stages: [{ duration: '1s', target: 1 }], scenarios: { a: { executor: 'shared-iterations' } } };
export default function () {}
