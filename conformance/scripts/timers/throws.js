/*---
shows = "An exception in a timer."
features = ["timers", "error messages"]
compare = ["exit", "counts", "samples"]
args = ["-i", "2"]
has = ["in the timer"]
---*/
export default function () { setTimeout(() => { throw new Error('in the timer'); }, 5); setTimeout(() => console.log('later'), 60); }
