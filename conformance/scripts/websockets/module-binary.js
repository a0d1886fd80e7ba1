/*---
shows = "k6/websockets with bytes."
features = ["k6/websockets"]
compare = ["exit", "log"]
---*/
import { WebSocket } from 'k6/websockets';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;
export default function () {
  const socket = new WebSocket(URL);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => socket.send(new Uint8Array([7, 8]).buffer);
  socket.onmessage = (event) => { console.log(typeof event.data, new Uint8Array(event.data).join()); socket.close(1000, 'done'); };
  socket.onclose = (event) => console.log('close', event.code, event.reason);
}
