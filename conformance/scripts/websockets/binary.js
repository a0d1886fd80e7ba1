/*---
shows = "Messages of bytes."
features = ["k6/ws"]
compare = ["exit", "counts", "samples", "log"]
---*/
import ws from 'k6/ws';
import { check } from 'k6';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;

export default function () {
  ws.connect(URL, (socket) => {
    socket.on('open', () => socket.sendBinary(new Uint8Array([1, 2, 255]).buffer));
    socket.on('binaryMessage', (data) => { console.log(new Uint8Array(data).join()); socket.close(); });
  });
}
