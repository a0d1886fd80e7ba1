/*---
shows = "A server that does not upgrade."
features = ["k6/ws"]
compare = ["exit"]
---*/
import ws from 'k6/ws';
import { check } from 'k6';
export default function () { try { const res = ws.connect(__ENV.BASE.replace('http', 'ws') + '/text', {}, () => {}); console.log(res.status); } catch (e) { console.log('throws'); } }
