/*---
shows = "setResponseCallback for all later requests."
features = ["http.setResponseCallback"]
compare = ["exit", "counts", "samples", "wire"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

http.setResponseCallback(http.expectedStatuses(201, { min: 404, max: 404 }));
export default function () {
  http.get(`${BASE}/status/200`);
  http.get(`${BASE}/status/201`);
  http.get(`${BASE}/status/404`);
  http.get(`${BASE}/status/404`, { responseCallback: http.expectedStatuses(200) });
  http.setResponseCallback(null);
  http.get(`${BASE}/status/404`);
}
