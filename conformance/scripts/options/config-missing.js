/*---
shows = "--config names a file that is not there."
features = ["config file"]
args = ["--config", "none.json"]
compare = ["exit"]
---*/
export default function () {}
