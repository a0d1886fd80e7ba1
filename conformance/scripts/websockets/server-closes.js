/*---
shows = "The server closes."
features = ["k6/ws"]
compare = ["exit", "counts", "samples", "log"]
---*/
import ws from 'k6/ws';
import { check } from 'k6';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;

export default function () {
  ws.connect(URL, null, (socket) => {
    socket.on('open', () => socket.send('bye'));
    socket.on('close', (code) => console.log('close', code));
  });
  console.log('after');
}
