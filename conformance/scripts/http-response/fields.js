/*---
shows = "The fields of a response."
features = ["Response fields"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/headers`);
  console.log(Object.keys(res).sort().join());
  console.log(res.status, res.status_text, res.proto, res.remote_ip, typeof res.remote_port, res.error,
    res.error_code, res.url, JSON.stringify(res.ocsp), res.tls_version, res.tls_cipher_suite);
}
