/*---
shows = "-w is throw."
features = ["http errors", "option throw"]
compare = ["exit", "counts", "log"]
args = ["-w"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.get('http://127.0.0.1:1/');
  console.log('not reached');
}
