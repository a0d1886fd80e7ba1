/*---
shows = "Batches of nothing and of nonsense."
features = ["http.batch"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(JSON.stringify(http.batch([])), JSON.stringify(http.batch({})));
  for (const bad of [null, undefined, 5, [['GET']], [null]]) {
    try { http.batch(bad); console.log('no error'); } catch (e) { console.log('throws'); }
  }
}
