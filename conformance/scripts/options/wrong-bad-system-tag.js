/*---
shows = "The options are `{ systemTags: ['nonesuch'] }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { systemTags: ['nonesuch'] };
export default function () {}
