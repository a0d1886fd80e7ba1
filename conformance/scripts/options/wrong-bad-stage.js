/*---
shows = "The options are `{ stages: [{ duration: 'x', target: 1 }] }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { stages: [{ duration: 'x', target: 1 }] };
export default function () {}
