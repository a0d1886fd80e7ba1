/*---
shows = "summaryTrendStats in script and flag."
features = ["option summaryTrendStats"]
args = ["--summary-trend-stats", "max,p(99.99),count"]
also = ["summary", "export"]
---*/
export const options = { summaryTrendStats: ['med'] };
import { Trend } from 'k6/metrics';
const t = new Trend('trd');
export default function () { t.add(1); t.add(2); t.add(9); }
