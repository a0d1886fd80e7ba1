/*---
shows = "The options and state in the data."
features = ["handleSummary"]
compare = ["exit", "log"]
---*/
export default function () {}
export const options = { summaryTrendStats: ['avg'], summaryTimeUnit: 'ms' };
export function handleSummary(data) { console.log(JSON.stringify(data.options), Object.keys(data).sort().join(), JSON.stringify(Object.keys(data.state).sort()), JSON.stringify(Object.entries(data.root_group).sort())); return {}; }
