/*---
shows = "Requests of setup and teardown have their group."
features = ["setup", "teardown"]
---*/
import http from 'k6/http';
export function setup() { http.get(`${__ENV.BASE}/text?s`); }
export default function () { http.get(`${__ENV.BASE}/text?d`); }
export function teardown() { http.get(`${__ENV.BASE}/text?t`); }
