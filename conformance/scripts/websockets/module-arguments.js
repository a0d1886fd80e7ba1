/*---
shows = "What k6/websockets refuses, and its attributes."
features = ["k6/websockets"]
compare = ["exit", "log"]
---*/
import { WebSocket } from 'k6/websockets';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;
const refused = (call) => { try { call(); return false; } catch (e) { return true; } };
export default function () {
  for (const url of ['nope', 'http://127.0.0.1/', `${URL}#part`]) console.log(url.slice(0, 4), refused(() => new WebSocket(url)));
  console.log(refused(() => new WebSocket(URL, null, { nope: 1 })), refused(() => new WebSocket(URL, null, { tags: { a: {} } })));
  const socket = new WebSocket(URL);
  console.log(Object.keys(socket).join());
  console.log(socket.readyState, socket.bufferedAmount, socket.protocol, socket.binaryType, socket.extensions.length);
  console.log(refused(() => socket.send('early')), refused(() => socket.ping()), refused(() => { socket.binaryType = 'x'; }));
  console.log(refused(() => { socket.onmessage = 5; }), refused(() => socket.addEventListener('message')), refused(() => { socket.url = 'x'; }));
  socket.onopen = (event) => {
    console.log(Object.keys(event).join(), event.type, event.target === socket, typeof event.timestamp);
    console.log(refused(() => socket.send(5)), refused(() => socket.send(null)), refused(() => socket.send({})));
    socket.send('hello');
  };
  socket.onmessage = (event) => {
    console.log(Object.keys(event).join(), event.data, event.origin === socket.url);
    socket.close();
    console.log(refused(() => socket.send('late')), socket.readyState);
  };
  socket.onclose = (event) => console.log(Object.keys(event).join(), event.code);
}
