/*---
shows = "The options are `{ vus: 4, iterations: 2 }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { vus: 4, iterations: 2 };
export default function () {}
