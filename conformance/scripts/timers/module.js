/*---
shows = "The same from k6/timers."
features = ["timers"]
compare = ["exit", "log"]
---*/
import { setTimeout, clearTimeout, setInterval, clearInterval } from 'k6/timers';
export default function () { setTimeout(() => console.log('late'), 5); console.log('now'); }
