/*---
shows = "k6/websockets with its events."
features = ["k6/websockets"]
compare = ["exit", "counts", "samples", "log"]
---*/
import { WebSocket } from 'k6/websockets';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;
export default function () {
  const socket = new WebSocket(URL, null, { tags: { kind: 'own' } });
  console.log(socket.readyState, socket.url.split('/').pop());
  socket.onopen = () => { console.log('open', socket.readyState); socket.send('hello'); };
  socket.addEventListener('message', (event) => { console.log('message', event.data); socket.close(); });
  socket.onclose = (event) => console.log('close', socket.readyState);
  socket.onerror = (event) => console.log('error', event.error);
}
