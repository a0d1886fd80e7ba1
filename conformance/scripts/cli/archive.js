/*---
shows = "archive, then run the archive."
features = ["command archive"]
files = ["lib/helper.js", "data/note.txt"]
steps = [["archive", "-O", "a.tar", "-e", "IN=kept", "{script}"], ["run", "{auto}", "a.tar"]]
compare = ["exit", "counts", "log"]
---*/
import twice from './lib/helper.js';
import { check } from 'k6';
const text = open('./data/note.txt');
export const options = { iterations: 2 };
export default function () { check(twice(2), { four: (x) => x === 4 }); console.log(text.length, __ENV.IN); }
