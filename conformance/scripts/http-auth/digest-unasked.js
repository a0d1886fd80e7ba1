/*---
shows = "Digest without a challenge, without a user, and with other statuses expected."
features = ["auth digest"]
compare = ["exit", "counts", "samples"]
---*/
import http from 'k6/http';
const BASE = __ENV.BASE;
export default function () {
  const own = BASE.replace('http://', 'http://ann:secret@');
  http.get(`${own}/text`, { auth: 'digest' });
  http.get(`${BASE}/basic/x`, { auth: 'digest' });
  http.get(`${BASE}/digest/x`, { auth: 'digest' });
  http.get(`${own}/digest/x`, { auth: 'digest', responseCallback: http.expectedStatuses(204) });
  http.get(`${own}/digest/x`, { auth: 'digest', responseCallback: null });
}
