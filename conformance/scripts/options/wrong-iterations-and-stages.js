/*---
shows = "The options are `{ iterations: 3, stages: [{ duration: '100ms', target: 1 }] }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { iterations: 3, stages: [{ duration: '100ms', target: 1 }] };
export default function () {}
