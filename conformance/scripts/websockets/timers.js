/*---
shows = "Timers and pings of a socket."
features = ["k6/ws"]
compare = ["exit", "log"]
---*/
import ws from 'k6/ws';
import { check } from 'k6';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;

export default function () {
  ws.connect(URL, {}, (socket) => {
    let pings = 0;
    socket.on('open', () => {
      socket.setInterval(() => { pings += 1; socket.ping(); }, 20);
      socket.setTimeout(() => { console.log('time is over', pings >= 2); socket.close(); }, 100);
    });
    socket.on('pong', () => { if (pings === 1) console.log('pong'); });
  });
}
