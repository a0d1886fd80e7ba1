/*---
shows = "k6/websockets and a server that is not there."
features = ["k6/websockets"]
compare = ["exit", "log"]
---*/
import { WebSocket } from 'k6/websockets';
export default function () {
  const socket = new WebSocket('ws://127.0.0.1:1/');
  socket.onerror = () => console.log('error');
  socket.onclose = () => console.log('close');
}
