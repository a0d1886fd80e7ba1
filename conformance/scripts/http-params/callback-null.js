/*---
shows = "A callback of null emits no http_req_failed."
features = ["http.setResponseCallback"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/status/500`, { responseCallback: null });
  console.log(res.status);
}
