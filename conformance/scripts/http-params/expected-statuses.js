/*---
shows = "expectedStatuses decides what has failed."
features = ["http.expectedStatuses"]
compare = ["exit", "counts", "samples", "wire"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.get(`${BASE}/status/404`);
  http.get(`${BASE}/status/404`, { responseCallback: http.expectedStatuses(404) });
  http.get(`${BASE}/status/200`, { responseCallback: http.expectedStatuses(404) });
  http.get(`${BASE}/status/409`, { responseCallback: http.expectedStatuses({ min: 400, max: 499 }, 503) });
  http.get(`${BASE}/status/503`, { responseCallback: http.expectedStatuses({ min: 400, max: 499 }, 503) });
  http.get(`${BASE}/status/500`, { responseCallback: null });
}
