/*---
shows = "stages are a ramping-vus scenario."
features = ["option stages"]
compare = ["exit", "banner"]
---*/
import { check, group, sleep, fail } from 'k6';
export const options = { stages: [{ duration: '100ms', target: 2 }, { duration: '1h', target: 2 }, { duration: 100, target: 0 }] };
import exec from 'k6/execution';
export default function () { exec.test.abort(); }
