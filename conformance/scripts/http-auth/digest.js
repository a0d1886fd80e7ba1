/*---
shows = "Digest answers a challenge."
features = ["auth digest"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE.replace('http://', 'http://ann:secret@')}/digest/x`, { auth: 'digest' });
  console.log(res.status, res.body);
}
