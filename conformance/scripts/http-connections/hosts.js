/*---
shows = "hosts replaces the resolution of names."
features = ["option hosts"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { hosts: { 'test.k6': '127.0.0.1', '*.wild.test': '127.0.0.1' } };
export default function () {
  const res = http.get(BASE.replace('127.0.0.1', 'test.k6') + '/text');
  console.log(res.status, res.remote_ip);
}
