/*---
shows = "Tags that have no column of their own."
features = ["output csv"]
args = ["--out", "csv=samples.csv"]
compare = ["exit"]
files_out = ["samples.csv"]
---*/
import { Counter } from 'k6/metrics';
const c = new Counter('cnt');
export default function () { c.add(1, { zone: 'a,b' }); c.add(1, { note: 'say "hi"' }); }
