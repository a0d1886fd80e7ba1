/*---
shows = "The options are `{ tlsVersion: 'ssl9' }`."
features = ["wrong options"]
compare = ["exit"]
---*/
export const options = { tlsVersion: 'ssl9' };
export default function () {}
