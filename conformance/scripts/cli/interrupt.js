/*---
shows = "An interrupt ends the run with its summary: exit 105."
features = ["exit codes", "interrupts"]
interrupt_after = 2
compare = ["exit", "log"]
has = ["iteration_duration"]
---*/
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { vus: 1, duration: '30s' };
export default function () { http.get(`${__ENV.BASE}/text`); sleep(0.05); }
export function teardown() { console.log('teardown'); }
