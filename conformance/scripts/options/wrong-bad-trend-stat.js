/*---
shows = "The options are `{ summaryTrendStats: ['avg', 'p(x)'] }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { summaryTrendStats: ['avg', 'p(x)'] };
export default function () {}
