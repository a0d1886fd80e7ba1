/*---
shows = "A listener that throws ends the socket and the iteration."
features = ["k6/websockets"]
compare = ["exit"]
---*/
import { WebSocket } from 'k6/websockets';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;
export default function () {
  const socket = new WebSocket(URL);
  socket.onopen = () => socket.send('hello');
  socket.onmessage = () => { throw new Error('mine'); };
}
