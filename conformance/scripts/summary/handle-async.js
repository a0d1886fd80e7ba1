/*---
shows = "handleSummary as an async function."
features = ["handleSummary"]
compare = ["exit"]
---*/
export default function () {}
export async function handleSummary() { await null; return { stdout: 'async summary\n' }; }
