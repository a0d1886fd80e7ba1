/*---
shows = "--linger and --paused are known flags."
features = ["command run"]
args = ["--linger=false", "--paused=false"]
compare = ["exit", "counts"]
---*/
export default function () {}
