/*---
shows = "--max-redirects on the command line."
features = ["redirects", "option maxRedirects"]
compare = ["exit", "counts", "samples", "wire", "log"]
args = ["--max-redirects", "0"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  console.log(http.get(`${BASE}/redirect/2`).status);
}
