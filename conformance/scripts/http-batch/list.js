/*---
shows = "A batch of lists, objects and addresses."
features = ["http.batch"]
compare = ["exit", "counts", "samples", "wire", "log"]
unordered = true
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const [first, second, third] = http.batch([
    ['GET', `${BASE}/text`],
    { method: 'POST', url: `${BASE}/echo`, body: { a: 1 }, params: { tags: { kind: 'form' } } },
    `${BASE}/status/404`,
  ]);
  console.log(first.status, second.json('body'), third.status);
}
