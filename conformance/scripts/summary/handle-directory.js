/*---
shows = "handleSummary writes into a directory that is not there."
features = ["handleSummary"]
compare = ["exit", "files"]
---*/
export function handleSummary() { return { 'deep/er/a.txt': 'x' }; }
export default function () {}
