/*---
shows = "exec.vu.tags and metrics.tags reach the samples."
features = ["execution.vu.tags"]
also = ["log"]
args = ["-i", "2"]
---*/
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
const c = new Counter('cnt');
export default function () {
  exec.vu.metrics.tags.first = 'a'; exec.vu.tags.second = 'b'; c.add(1);
  console.log(exec.vu.tags.first, JSON.stringify(Object.keys(exec.vu.metrics.tags).sort()));
  delete exec.vu.tags.first; c.add(1); exec.vu.tags.n = 5; c.add(1, { n: 'own' });
  try { exec.vu.tags.bad = {}; console.log('fine'); } catch (e) { console.log('throws'); }
}
