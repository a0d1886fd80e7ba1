/*---
shows = "noConnectionReuse closes after each request."
features = ["connection reuse", "option noConnectionReuse"]
compare = ["exit", "counts", "samples", "wire"]
args = ["--no-connection-reuse"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.get(`${BASE}/text`); http.get(`${BASE}/text`);
}
