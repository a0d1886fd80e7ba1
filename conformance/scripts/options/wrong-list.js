/*---
shows = "The options are `[]`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = [];
export default function () {}
