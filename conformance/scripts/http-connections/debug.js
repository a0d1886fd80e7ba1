/*---
shows = "--http-debug writes requests and answers."
features = ["flag --http-debug"]
compare = ["exit"]
args = ["--http-debug=full"]
has = ["X-Seen: yes", "GET /text", "HTTP/1.1 200 OK"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  http.get(`${BASE}/text`, { headers: { 'X-Seen': 'yes' } });
}
