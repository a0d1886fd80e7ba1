/*---
shows = "An iteration lasts until its timers are done."
features = ["timers", "promises"]
compare = ["exit", "counts", "samples"]
args = ["-i", "2"]
---*/
import { check } from 'k6';
let last = 0;
export default function () { const now = Date.now(); if (__ITER) check(now - last, { waited: (ms) => ms >= 78 && ms < 1000 }); last = now; setTimeout(() => {}, 80); }
