/*---
shows = "The order of promises, timers and the end of an iteration."
features = ["promises"]
compare = ["exit", "log"]
args = ["-i", "2"]
---*/
export default async function () {
  console.log('1'); setTimeout(() => console.log('5 timer'), 0);
  Promise.resolve().then(() => console.log('3 then')); console.log('2');
  await null; console.log('4 awaited');
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(20); console.log('6');
  console.log((await Promise.allSettled([1, Promise.reject(new Error('x'))])).map((r) => r.status).join(), await Promise.race([wait(50), Promise.resolve('fast')]), await Promise.any([Promise.reject(1), 2]));
}
