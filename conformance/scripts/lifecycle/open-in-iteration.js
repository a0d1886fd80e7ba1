/*---
shows = "open() outside the init context."
features = ["open()", "init context"]
files = ["data/note.txt"]
compare = ["exit", "log"]
---*/
open('./data/note.txt');
export default function () { try { open('./data/note.txt'); console.log('opened'); } catch (e) { console.log('throws'); } }
