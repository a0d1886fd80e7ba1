/*---
shows = "The options are `{ tags: 'x' }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { tags: 'x' };
export default function () {}
