/*---
shows = "Timeouts that are none, that have passed, and that are no durations."
features = ["http params timeout"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';
const BASE = __ENV.BASE;
const KINDS = [
  0, -1, NaN, Infinity, 1e30, 1e15, 0.001, '0', '-1s', '2s', '1.5s', '1d', '+9s', '', 'abc', '1h1', '300y', ' 1s', '2dd', '1.5d',
  null, undefined, true, [], {},
];
export default function () {
  for (const timeout of KINDS) {
    const res = http.get(`${BASE}/text`, { timeout });
    console.log(typeof timeout, String(timeout), res.status, res.error_code, res.error);
  }
}
