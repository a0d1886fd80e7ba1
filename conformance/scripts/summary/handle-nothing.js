/*---
shows = "handleSummary returns nothing."
features = ["handleSummary"]
compare = ["exit", "summary"]
---*/
export default function () {}
export function handleSummary() {}
