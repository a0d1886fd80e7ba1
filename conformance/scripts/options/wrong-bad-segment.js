/*---
shows = "The options are `{ executionSegment: '2:1' }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { executionSegment: '2:1' };
export default function () {}
