/*---
shows = "The built-in text summary with submetrics."
features = ["summary text compact"]
also = ["summary"]
---*/
import http from 'k6/http';
export const options = { thresholds: { 'http_req_duration{kind:a}': ['max<60000'], 'http_reqs{kind:a}': ['count==1'], 'http_req_failed{kind:b}': ['rate<1'] } };
export default function () { http.get(`${__ENV.BASE}/text`, { tags: { kind: 'a' } }); http.get(`${__ENV.BASE}/status/500`, { tags: { kind: 'b' } }); }
