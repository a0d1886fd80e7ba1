/*---
shows = "http.file makes a body in parts."
features = ["http.file"]
compare = ["exit", "counts", "samples", "wire", "log"]
files = ["data/note.txt", "data/bytes.bin"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;

const note = open('./data/note.txt');
const bytes = open('./data/bytes.bin', 'b');
export default function () {
  // One part each: k6 sends several in no fixed order.
  console.log(http.post(`${BASE}/text`, { note: http.file(note, 'note.txt', 'text/plain') }).status);
  console.log(http.post(`${BASE}/text`, { bytes: http.file(bytes, 'bytes.bin') }).status);
  console.log(http.post(`${BASE}/text`, { plain: http.file('text', 'plain.txt') }, { headers: { 'X-A': '1' } }).status);
  const file = http.file(note, 'n.txt');
  console.log(Object.keys(file).sort().join(), file.filename, file.content_type, typeof file.data);
}
