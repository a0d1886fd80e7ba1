/*---
shows = "The default export is no function."
features = ["exit codes", "error messages"]
compare = ["exit"]
---*/
export default 5;
