/*---
shows = "tlsVersion bounds the version."
features = ["TLS", "option tlsVersion"]
compare = ["exit", "counts", "samples", "log"]
---*/
import http from 'k6/http';

export const options = { insecureSkipTLSVerify: true, tlsVersion: { min: 'tls1.2', max: 'tls1.2' } };
export default function () {
  const res = http.get(`${__ENV.TLS_BASE}/text`);
  console.log(res.status, res.tls_version, http.TLS_1_2);
}
