/*---
shows = "noCookiesReset keeps them over iterations."
features = ["cookies", "option noCookiesReset"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { noCookiesReset: true, iterations: 2 };
export default function () {
  console.log(http.get(`${BASE}/cookies`).body);
  http.get(`${BASE}/cookies/set?kept=yes`);
}
