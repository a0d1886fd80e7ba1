/*---
shows = "The eight phases of a request."
features = ["Response timings"]
also = ["log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const { timings } = http.get(`${BASE}/delay/60`);
  console.log(Object.keys(timings).sort().join());
  check(timings, {
    'waited': (t) => t.waiting >= 60 && t.waiting < 500,
    'duration is the sum': (t) => Math.abs(t.duration - t.sending - t.waiting - t.receiving) < 0.01,
    'numbers': (t) => Object.values(t).every((value) => typeof value === 'number' && value >= 0),
    'no TLS': (t) => t.tls_handshaking === 0 && t.looking_up === 0,
    'blocked holds connecting': (t) => t.blocked >= t.connecting && t.connecting > 0,
  });
  const again = http.get(`${BASE}/text`).timings;
  check(again, { 'the connection is used again': (t) => t.connecting === 0 });
}
