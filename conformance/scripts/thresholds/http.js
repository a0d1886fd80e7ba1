/*---
shows = "Thresholds on the metrics of requests."
features = ["thresholds", "thresholds on tags"]
also = ["summary", "definitions"]
compare = ["exit", "thresholds", "counts"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { check } from 'k6';
export const options = { thresholds: { http_req_duration: ['p(95)<30000', 'avg<30000'], http_req_failed: ['rate<0.6'], 'http_req_duration{status:404}': ['max<30000'], 'http_reqs{method:GET}': ['count==2'], 'http_req_failed{expected_response:true}': ['rate==0'] } };
import http from 'k6/http';
export default function () { http.get(`${__ENV.BASE}/text`); http.get(`${__ENV.BASE}/status/404`); }
