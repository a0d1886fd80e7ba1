/*---
shows = "The options are `{ vus: 'many' }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { vus: 'many' };
export default function () {}
