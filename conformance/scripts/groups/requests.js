/*---
shows = "Requests within groups."
features = ["group", "http.get"]
also = ["summary"]
---*/
import { check, group, sleep, fail } from 'k6';

import http from 'k6/http';
export default function () {
  group('login', () => { http.get(`${__ENV.BASE}/text`); group('deep', () => http.post(`${__ENV.BASE}/text`)); });
  http.get(`${__ENV.BASE}/text`);
}
