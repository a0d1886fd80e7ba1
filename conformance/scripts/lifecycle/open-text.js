/*---
shows = "open() of text and bytes."
features = ["open()"]
files = ["data/note.txt", "data/bytes.bin"]
compare = ["exit", "log"]
---*/
const text = open('./data/note.txt');
const bytes = open('data/bytes.bin', 'b');
export default function () { console.log(text.split('\n')[1], text.length, new Uint8Array(bytes).join()); }
