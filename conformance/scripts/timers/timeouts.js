/*---
shows = "setTimeout, clearTimeout, setInterval."
features = ["timers"]
compare = ["exit", "log"]
---*/
export default function () {
  setTimeout(() => console.log('second'), 40); setTimeout((a, b) => console.log('first', a, b), 10, 'x', 5);
  const gone = setTimeout(() => console.log('never'), 20); clearTimeout(gone);
  let n = 0; const every = setInterval(() => { n += 1; console.log('tick', n); if (n === 2) clearInterval(every); }, 55);
  console.log('returns', typeof gone);
}
