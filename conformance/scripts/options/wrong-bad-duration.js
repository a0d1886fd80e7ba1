/*---
shows = "The options are `{ duration: '5 minutes' }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { duration: '5 minutes' };
export default function () {}
