/*---
shows = "open() is relative to the script that runs or the module."
features = ["open()"]
files = ["lib/opens.js", "lib/inner.txt", "data/note.txt"]
compare = ["exit", "log"]
---*/
import { text } from './lib/opens.js';
export default function () { console.log(text.length); }
