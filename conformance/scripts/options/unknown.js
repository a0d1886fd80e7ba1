/*---
shows = "An unknown option is told and ignored."
features = ["unknown options"]
compare = ["exit", "counts"]
has = ["nonesuch"]
---*/
export const options = { nonesuch: 1, iterations: 2 };
export default function () {}
