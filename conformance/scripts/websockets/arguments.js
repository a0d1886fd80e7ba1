/*---
shows = "What k6/ws refuses, and its response."
features = ["k6/ws"]
compare = ["exit", "log"]
---*/
import ws from 'k6/ws';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;
const refused = (call) => { try { call(); return false; } catch (e) { return true; } };
let inInit = refused(() => ws.connect(URL, () => {}));
export default function () {
  console.log(inInit, refused(() => ws.connect(URL)), refused(() => ws.connect(URL, {}, 5)));
  console.log(refused(() => ws.connect(URL, { compression: 'x' }, () => {})), refused(() => ws.connect(URL, { tags: { a: {} } }, () => {})));
  const none = ws.connect('ws://127.0.0.1:1/', {}, () => console.log('never'));
  console.log(none.status, none.url, none.error !== '', Object.keys(none).sort().join());
  console.log(ws.connect('http://127.0.0.1/', {}, () => {}).error !== '');
  const res = ws.connect(URL, (socket) => {
    console.log(Object.keys(socket).sort().join());
    socket.on('open', () => {
      console.log(refused(() => socket.setTimeout(() => {}, 0)), refused(() => socket.setInterval(() => {}, -1)));
      console.log(refused(() => socket.sendBinary()), refused(() => socket.sendBinary('x')), refused(() => socket.sendBinary(new Uint8Array(1))));
      socket.send(5);
    });
    socket.on('message', (text) => {
      console.log(text, typeof text);
      console.log(socket.close(4005), socket.close());
      socket.send('late');
    });
    socket.on('error', (e) => console.log('error', typeof e.error()));
    socket.on('close', (code) => console.log('close', code));
  });
  console.log(res.status, res.url === URL, res.headers.Upgrade, res.error === '');
}
