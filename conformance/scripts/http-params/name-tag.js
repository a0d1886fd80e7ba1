/*---
shows = "A name groups requests whose addresses differ."
features = ["http params tags", "http.url"]
compare = ["exit", "counts", "samples", "wire"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  for (const id of [1, 2, 3]) http.get(`${BASE}/item/${id}`, { tags: { name: 'item' } });
  for (const id of [4, 5]) http.get(http.url`${BASE}/item/${id}`);
}
