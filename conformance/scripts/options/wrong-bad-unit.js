/*---
shows = "The options are `{ summaryTimeUnit: 'h' }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { summaryTimeUnit: 'h' };
export default function () {}
