/*---
shows = "Messages of text go and come back."
features = ["k6/ws"]
compare = ["exit", "counts", "samples", "log", "wire"]
---*/
import ws from 'k6/ws';
import { check } from 'k6';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;

export default function () {
  const res = ws.connect(URL, { headers: { 'X-Own': '1' }, tags: { kind: 'echo' } }, (socket) => {
    socket.on('open', () => { console.log('open'); socket.send('hello'); });
    socket.on('message', (text) => { console.log('message', text); if (text === 'hello') socket.send('again'); else socket.close(); });
    socket.on('close', (code) => console.log('close', code));
    socket.on('error', (e) => console.log('error', e.error()));
  });
  console.log(res.status, res.url.split('/').slice(-2).join('/'));
  check(res, { upgraded: (r) => r.status === 101 });
}
