/*---
shows = "discardResponseBodies, and responseType against it."
features = ["option discardResponseBodies", "http params responseType"]
compare = ["exit", "counts", "samples", "wire", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { discardResponseBodies: true };
export default function () {
  console.log(http.get(`${BASE}/text`).body);
  console.log(http.get(`${BASE}/text`, { responseType: 'text' }).body);
  try { console.log(http.get(`${BASE}/json`).json()); } catch (e) { console.log('json() throws'); }
}
