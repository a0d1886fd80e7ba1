/*---
shows = "--compatibility-mode."
features = ["command run"]
args = ["--compatibility-mode", "base"]
compare = ["exit", "log"]
---*/
export default function () { console.log(typeof global, typeof globalThis); }
