/*---
shows = "json() with paths: keys, indexes, counts, wildcards, queries."
features = ["json selectors"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const res = http.get(`${BASE}/json`);
  for (const path of ['name.first', 'age', 'ratio', 'big', 'ok', 'nothing', 'missing', 'children',
    'children.0', 'children.1', 'children.#', 'children.9', 'dotted\\.key', 'friends.#', 'friends.#.first',
    'friends.1.last', 'friends.#(first=="Roger").age', 'friends.#(age>45)#.first', 'friends.0.nets.1',
    'friends.#.nets.#', 'child*.2', 'c?ildren.0', 'name', 'friends.#(nets.#(=="fb"))#.first',
    'friends.#(first%"D*").age', 'friends.#(first!="Dale")#.first', 'name.@keys', 'children.@reverse', '@this.age']) {
    let value;
    try { value = JSON.stringify(res.json(path)); } catch (e) { value = 'throws'; }
    console.log(path, value === undefined ? 'undefined' : value);
  }
}
