/*---
shows = "--system-tags."
features = ["option systemTags"]
args = ["--system-tags", "url,error,error_code"]
compare = ["exit", "counts"]
---*/
import http from 'k6/http';
export default function () { http.get(`${__ENV.BASE}/status/404`); http.get('http://127.0.0.1:1/'); }
