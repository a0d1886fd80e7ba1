/*---
shows = "A handler that throws closes the socket, and the exception goes on."
features = ["k6/ws"]
compare = ["exit", "log", "counts", "samples"]
---*/
import ws from 'k6/ws';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;
export default function () {
  for (const event of ['open', 'message', 'close']) {
    try {
      ws.connect(URL, {}, (socket) => {
        socket.on('open', () => socket.send('hello'));
        socket.on('close', (code) => console.log('close', code));
        socket.on(event, () => { throw new Error(`in ${event}`); });
        socket.setTimeout(() => socket.close(), 200);
      });
    } catch (e) { console.log(String(e)); }
  }
  try { ws.connect(URL, {}, () => { throw new Error('at once'); }); } catch (e) { console.log(String(e)); }
}
