/*---
shows = "open() of a file that is not there."
features = ["open()", "error messages"]
compare = ["exit"]
has = ["none.txt"]
---*/
const x = open('./none.txt');
export default function () {}
