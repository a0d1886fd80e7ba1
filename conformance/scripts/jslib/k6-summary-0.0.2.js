/*---
shows = "textSummary and jUnit."
features = ["jslib k6-summary"]
expect = { exit = [0], checks = 1, because = "k6 needs the internet for it" }
compare = ["exit", "counts"]
has = ["checks", "100.00%", "iterations", "✓ fine"]
---*/
import { textSummary, jUnit } from 'https://jslib.k6.io/k6-summary/0.0.2/index.js';
import { check } from 'k6';
export const options = { thresholds: { checks: ['rate==1'] } };
export default function () { check(1, { fine: true }); }
export function handleSummary(data) { return { stdout: textSummary(data, { indent: ' ', enableColors: false }), 'junit.xml': jUnit(data) }; }
