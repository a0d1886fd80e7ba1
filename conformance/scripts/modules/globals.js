/*---
shows = "What is global."
features = ["globals"]
compare = ["exit", "log"]
---*/
export default function () {
  const names = ['__ENV', '__VU', '__ITER', 'open', 'console', 'require', 'setTimeout', 'clearTimeout',
    'setInterval', 'clearInterval', 'globalThis', 'global', 'crypto', 'fetch', 'window', 'process',
    'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'WebSocket', 'structuredClone',
    'queueMicrotask', 'AbortController', 'Buffer', 'module', 'exports'];
  for (const name of names) {
    let kind;
    try { kind = eval(`typeof ${name}`); } catch (e) { kind = 'throws'; }
    console.log(name, kind);
  }
  console.log(Object.keys(console).sort().join());
}
