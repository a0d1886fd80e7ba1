/*---
shows = "Tags of a request go to its samples."
features = ["http params tags"]
compare = ["exit", "counts", "samples", "wire"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.get(`${BASE}/text`, { tags: { kind: 'static', name: 'home', n: 5 } });
  http.get(`${BASE}/text`, { tags: {} });
}
