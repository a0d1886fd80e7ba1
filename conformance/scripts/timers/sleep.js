/*---
shows = "sleep() with wrong values."
features = ["sleep"]
compare = ["exit", "log"]
---*/
import { sleep } from 'k6';
export default function () { for (const value of [0, 0.01, -1, '0.01', undefined, 'x', null]) { try { const start = Date.now(); sleep(value); console.log(String(value), Date.now() - start < 1000); } catch (e) { console.log(String(value), 'throws'); } } }
