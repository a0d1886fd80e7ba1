/*---
shows = "rps bounds the requests of a second."
features = ["option rps"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { rps: 20, iterations: 1 };
export default function () {
  const start = Date.now();
  for (let n = 0; n < 6; n += 1) http.get(`${BASE}/text`);
  check(Date.now() - start, { 'spread over time': (ms) => ms >= 240 && ms < 600 });
}
