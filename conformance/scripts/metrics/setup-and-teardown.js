/*---
shows = "Samples of setup and teardown count."
features = ["Counter", "setup", "teardown"]
---*/
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const c = new Counter('cnt');
export function setup() { c.add(1); }
export default function () { c.add(10); }
export function teardown() { c.add(100); }
