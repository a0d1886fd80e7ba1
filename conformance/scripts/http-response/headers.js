/*---
shows = "Names of headers are canonical, repeated ones are joined."
features = ["Response headers"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const { headers } = http.get(`${BASE}/headers`);
  console.log(JSON.stringify(headers, Object.keys(headers).sort()));
  console.log(headers['X-Multi'], headers['X-Lower-Case'], headers['x-lower-case']);
}
