/*---
shows = "htmlReport makes a page."
features = ["k6-reporter"]
expect = { exit = [0], checks = 1, because = "k6 needs the internet for it" }
compare = ["exit", "counts"]
has = ["a page"]
---*/
import { htmlReport } from 'https://raw.githubusercontent.com/benc-uk/k6-reporter/main/dist/bundle.js';
import { check } from 'k6';
export default function () { check(1, { fine: true }); }
export function handleSummary(data) { const page = htmlReport(data, { title: 'A test' }); return { stdout: page.includes('<html') && page.includes('A test') && page.includes('fine') ? 'a page\n' : 'no page\n' }; }
