/*---
shows = "insecureSkipTLSVerify accepts it, and HTTP/2 is used."
features = ["TLS", "HTTP/2", "option insecureSkipTLSVerify"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';

export const options = { insecureSkipTLSVerify: true };
export default function () {
  const res = http.post(`${__ENV.TLS_BASE}/echo`, { a: 1 }, { headers: { 'X-Own': 'v' } });
  console.log(res.status, res.proto, res.tls_version, res.tls_cipher_suite !== '', res.json('body'));
  console.log(http.get(`${__ENV.TLS_BASE}/redirect/1`).status);
}
