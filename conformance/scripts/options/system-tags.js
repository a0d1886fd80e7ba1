/*---
shows = "systemTags chooses the tags that k6 sets."
features = ["option systemTags"]
args = ["-i", "2"]
---*/
import http from 'k6/http';
export const options = { systemTags: ['status', 'method', 'iter', 'vu', 'ip'] };
export default function () { http.get(`${__ENV.BASE}/text`); }
