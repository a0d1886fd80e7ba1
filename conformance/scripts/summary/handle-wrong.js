/*---
shows = "handleSummary returns numbers."
features = ["handleSummary"]
compare = ["exit"]
---*/
export default function () {}
export function handleSummary() { return { stdout: 5 }; }
