/*---
shows = "The options are `null`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = null;
export default function () {}
