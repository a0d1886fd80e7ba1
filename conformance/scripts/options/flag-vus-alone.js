/*---
shows = "-u alone, with scenarios and with iterations."
features = ["flags -u -i -d -s"]
args = ["-u", "3"]
compare = ["exit", "counts", "samples", "banner"]
---*/
export const options = { iterations: 6 };
export default function () {}
