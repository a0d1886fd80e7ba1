/*---
shows = "What a script sees of an exception."
features = ["error messages"]
compare = ["exit", "log"]
---*/
class Own extends Error { constructor(m) { super(m); this.name = 'Own'; this.code = 5; } }
export default function () {
  try { throw new Own('mine'); } catch (e) { console.log(e.name, e.message, e.code, e instanceof Error, e instanceof Own, String(e)); }
  try { undefined.x; } catch (e) { console.log(e instanceof TypeError, e.name); }
  try { nonesuch; } catch (e) { console.log(e instanceof ReferenceError); }
  try { JSON.parse('{'); } catch (e) { console.log(e instanceof SyntaxError); }
  try { [].length = -1; } catch (e) { console.log(e instanceof RangeError); }
  try { try { throw 1; } finally { console.log('finally'); } } catch (e) { console.log(e, new Error('a', { cause: 'b' }).cause); }
  console.log(typeof new Error('x').stack);
}
