/*---
shows = "What k6/websockets accepts as the code of a close."
features = ["k6/websockets"]
compare = ["exit", "log", "wire"]
---*/
import { WebSocket } from 'k6/websockets';
const URL = `${__ENV.BASE.replace('http', 'ws')}/ws/echo`;
const open = (close) => new Promise((done) => {
  const socket = new WebSocket(URL);
  socket.onopen = () => close(socket);
  socket.onerror = (e) => console.log('error', e.error);
  socket.onclose = (e) => { console.log('close', e.code, e.reason, socket.readyState); done(); };
});
export default async function () {
  await open((socket) => socket.close());
  await open((socket) => socket.close(1000, 'why'));
  await open((socket) => {
    for (const code of [999, 1001, 1005, 2999, 5000]) {
      try { socket.close(code); } catch (e) { console.log(code, 'refused', socket.readyState); }
    }
    socket.close(4000, 'own');
    socket.close(1000);
    console.log(socket.readyState);
  });
}
