/*---
shows = "A body of bytes."
features = ["binary bodies"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const bytes = new Uint8Array([0, 1, 2, 250, 255]);
  console.log(http.post(`${BASE}/text`, bytes.buffer).status);
  console.log(http.post(`${BASE}/text`, bytes.buffer, { headers: { 'Content-Type': 'image/png' } }).status);
}
