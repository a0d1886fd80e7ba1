/*---
shows = "batch and batchPerHost bound what runs at once."
features = ["option batch", "option batchPerHost"]
args = []
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { batch: 1, batchPerHost: 1 };
export default function () {
  const start = Date.now();
  http.batch(Array.from({ length: 3 }, () => `${BASE}/delay/60`));
  check(Date.now() - start, { 'one by one': (ms) => ms >= 180 });
}
