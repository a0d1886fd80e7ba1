/*---
shows = "dns options are taken."
features = ["option dns"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
export const options = { dns: { ttl: '1m', select: 'first', policy: 'onlyIPv4' } };
export default function () { console.log(http.get(`http://localhost:${__ENV.BASE_PORT}/text`).remote_ip); }
