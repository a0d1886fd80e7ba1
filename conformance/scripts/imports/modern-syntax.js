/*---
shows = "Syntax that today's scripts use."
features = ["ES modules"]
compare = ["exit", "log"]
---*/
class Cart {
  #items = [];
  static made = 0;
  constructor() { Cart.made += 1; }
  add(item) { this.#items.push(item); return this; }
  get size() { return this.#items.length; }
}
const { a, ...rest } = { a: 1, b: 2, c: 3 };
function* numbers() { yield 1; yield 2; }
export default function () {
  const cart = new Cart().add('x').add('y');
  const maybe = null;
  console.log(cart.size, Cart.made, a, JSON.stringify(rest), [...numbers()].join());
  console.log(maybe?.deep?.er ?? 'nothing', 2 ** 10, [1, [2, [3]]].flat(2).join());
  console.log('abc'.at(-1), Object.entries({ k: 1 }).join(), 'a-b'.replaceAll('-', '+'));
  let x = null; x ??= 5; console.log(x, 1_000, `t${x}`);
  label: for (const i of [1, 2]) { for (;;) { if (i === 1) continue label; break label; } }
}
