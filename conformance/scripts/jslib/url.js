/*---
shows = "The URL stand-in."
features = ["jslib url"]
expect = { exit = [0], checks = 3, because = "k6 needs the internet for it" }
compare = ["exit", "counts"]
---*/
import { URL, URLSearchParams } from 'https://jslib.k6.io/url/1.0.0/index.js';
import { check } from 'k6';
export default function () {
  const url = new URL('https://shop.test/list?a=1'); url.searchParams.append('b', 'x y');
  check(url, { text: (u) => u.toString() === 'https://shop.test/list?a=1&b=x+y', host: (u) => u.hostname === 'shop.test', params: () => new URLSearchParams([['k', 'v']]).toString() === 'k=v' });
}
