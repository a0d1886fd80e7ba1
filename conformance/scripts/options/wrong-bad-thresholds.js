/*---
shows = "The options are `{ thresholds: ['a'] }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { thresholds: ['a'] };
export default function () {}
