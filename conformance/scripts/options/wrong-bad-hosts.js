/*---
shows = "The options are `{ hosts: { a: 'nonsense' } }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { hosts: { a: 'nonsense' } };
export default function () {}
