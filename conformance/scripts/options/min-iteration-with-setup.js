/*---
shows = "minIterationDuration counts for iterations alone."
features = ["option minIterationDuration"]
---*/
export const options = { minIterationDuration: '100ms', iterations: 2 };
let last = 0;
import { check } from 'k6';
export function setup() { return Date.now(); }
export default function (start) { if (__ITER === 1) check(Date.now() - start, { waited: (ms) => ms >= 95 && ms < 400 }); }
