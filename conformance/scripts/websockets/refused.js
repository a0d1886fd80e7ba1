/*---
shows = "A server that does not upgrade."
features = ["k6/ws"]
compare = ["exit", "log"]
---*/
import ws from 'k6/ws';
export default function () { try { const res = ws.connect(__ENV.BASE.replace('http', 'ws') + '/text', {}, (socket) => { socket.on('error', () => console.log('error')); }); console.log(res.status); } catch (e) { console.log('throws'); } }
