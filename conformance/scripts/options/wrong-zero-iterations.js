/*---
shows = "The options are `{ iterations: 0 }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { iterations: 0 };
export default function () {}
