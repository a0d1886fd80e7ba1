/*---
shows = "--console-output writes what the script logs to a file."
features = ["flag --console-output"]
args = ["--console-output", "log.txt"]
compare = ["exit", "log", "files"]
---*/
export default function () { console.log('hello'); console.error('oh'); }
