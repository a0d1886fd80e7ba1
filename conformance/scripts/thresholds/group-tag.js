/*---
shows = "A threshold on a group."
features = ["thresholds on tags"]
also = ["summary"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { 'group_duration{group:::g}': ['max<60000'], 'checks{group:::g}': ['rate==1'] } };
import { group } from 'k6';
export default function () { group('g', () => check(1, { a: true })); check(1, { b: false }); }
