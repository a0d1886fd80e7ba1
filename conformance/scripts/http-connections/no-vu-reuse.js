/*---
shows = "noVUConnectionReuse closes after each iteration."
features = ["connection reuse", "option noVUConnectionReuse"]
compare = ["exit", "counts", "samples", "wire"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

export const options = { noVUConnectionReuse: true, iterations: 2 };
export default function () { http.get(`${BASE}/text`); http.get(`${BASE}/text`); }
