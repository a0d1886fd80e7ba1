/*---
shows = "Tags of a request that k6 sets itself."
features = ["http params tags"]
compare = ["exit", "counts", "samples", "wire"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.get(`${BASE}/text`, { tags: { method: 'X', status: '1', group: 'g', url: 'u', scenario: 's' } });
}
