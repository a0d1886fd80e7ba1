/*---
shows = "Built-in objects and their methods."
features = ["ES modules"]
compare = ["exit", "log"]
---*/
export default function () {
  console.log(new Map([[1, 2]]).get(1), new Set([1, 1, 2]).size, Symbol('s').toString());
  console.log(JSON.stringify({ d: new Date(0), u: undefined, n: NaN, nested: [undefined] }));
  console.log('%' + encodeURIComponent('a b&c/ü'), decodeURIComponent('%C3%BC'), parseInt('12px', 10));
  console.log([3, 1, 2].sort().join(), [1, 2, 3].reduce((a, b) => a + b), Math.max(...[1, 5, 3]));
  console.log(/(?<year>[0-9]{4})/.exec('in 2026').groups.year, 'aXbX'.split('X').length);
  console.log(new Uint8Array([1, 2, 300]).join(), new Date(Date.UTC(2026, 0, 2)).toISOString());
  console.log((12345.678).toFixed(1), Number('0x10'), (255).toString(16), typeof BigInt(10));
  console.log(Object.fromEntries([['a', 1]]).a, Array.from({ length: 3 }, (_, i) => i * i).join());
}
