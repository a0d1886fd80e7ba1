/*---
shows = "Parameters of a wrong kind."
features = ["error messages"]
compare = ["exit", "log"]
---*/
import http from 'k6/http';
import { check } from 'k6';
const BASE = __ENV.BASE;
export default function () {
  const attempt = (make) => { try { make(); console.log('no error'); } catch (e) { console.log('throws'); } };
  attempt(() => http.get(`${BASE}/text`, { timeout: 'soon' }));
  attempt(() => http.get(`${BASE}/text`, { responseType: 'movie' }));
  attempt(() => http.get(`${BASE}/text`, { compression: 'zip' }));
  attempt(() => http.expectedStatuses('200'));
  attempt(() => http.get(`${BASE}/text`, { headers: 'none' }));
  attempt(() => http.get());
  attempt(() => http.get(`${BASE}/text`, { tags: 'none' }));
}
