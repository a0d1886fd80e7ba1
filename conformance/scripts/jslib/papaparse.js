/*---
shows = "Papaparse reads a table."
features = ["jslib papaparse"]
expect = { exit = [0], checks = 4, because = "k6 needs the internet for it" }
compare = ["exit", "counts"]
files = ["data/users.csv"]
---*/
import papaparse from 'https://jslib.k6.io/papaparse/5.1.1/index.js';
import { SharedArray } from 'k6/data';
import { check } from 'k6';
const rows = new SharedArray('rows', () => papaparse.parse(open('./data/users.csv'), { header: true, skipEmptyLines: true }).data);
export default function () {
  check(rows, { 'two rows': (r) => r.length === 2, 'by name': (r) => r[1].name === 'bob' && r[0].age === '30', 'quotes': () => papaparse.parse('"a,b",c').data[0].join('|') === 'a,b|c', 'unparse': () => papaparse.unparse([{ a: 1, b: 'x,y' }]).includes('"x,y"') });
}
