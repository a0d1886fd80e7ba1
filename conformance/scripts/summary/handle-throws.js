/*---
shows = "handleSummary throws: the usual summary comes."
features = ["handleSummary"]
compare = ["exit", "summary"]
has = ["broken"]
---*/
export default function () {}
export function handleSummary() { throw new Error('broken'); }
