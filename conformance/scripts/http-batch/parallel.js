/*---
shows = "A batch runs at once: as long as its slowest part."
features = ["http.batch", "option batchPerHost"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { batchPerHost: 8 };
export default function () {
  const start = Date.now();
  http.batch(Array.from({ length: 8 }, () => `${BASE}/delay/100`));
  check(Date.now() - start, { 'not one by one': (ms) => ms < 400 });
}
