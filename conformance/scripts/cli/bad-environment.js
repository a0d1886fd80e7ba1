/*---
shows = "K6_ variables with values that are wrong."
features = ["K6_ variables"]
env = { K6_VUS = "many" }
compare = ["exit"]
---*/
export default function () {}
