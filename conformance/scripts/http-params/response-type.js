/*---
shows = "responseType text, binary and none."
features = ["http params responseType"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const show = (res) => console.log(typeof res.body, Object.prototype.toString.call(res.body),
    res.body === null ? 'null' : (res.body.length ?? res.body.byteLength));
  show(http.get(`${BASE}/text`));
  show(http.get(`${BASE}/text`, { responseType: 'text' }));
  show(http.get(`${BASE}/binary`, { responseType: 'binary' }));
  show(http.get(`${BASE}/text`, { responseType: 'none' }));
  const bytes = new Uint8Array(http.get(`${BASE}/binary`, { responseType: 'binary' }).body);
  console.log(bytes[0], bytes[128], bytes[255], bytes.length);
}
