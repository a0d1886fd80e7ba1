/*---
shows = "One user keeps one connection over its iterations."
features = ["connection reuse"]
compare = ["exit", "counts", "samples", "wire"]
args = ["-i", "2"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.get(`${BASE}/text`); http.get(`${BASE}/text`);
}
