/*---
shows = "The options are `'fast'`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = 'fast';
export default function () {}
