/*---
shows = "Blocked names and addresses."
features = ["option blacklistIPs", "option blockHostnames"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { blacklistIPs: ['10.0.0.0/8'], blockHostnames: ['*.blocked.test', 'one.test'] };
export default function () {
  for (const url of ['http://10.1.2.3/', 'http://a.blocked.test/', 'http://one.test/', `${BASE}/text`]) {
    let res;
    try { res = http.get(url); } catch (e) { console.log(url, 'throws'); continue; }
    console.log(res.status, res.error_code);
  }
}
