/*---
shows = "With throw, what each wrong param and each failed request throws."
features = ["option throw"]
compare = ["exit", "counts", "log"]
---*/
import http from 'k6/http';
const BASE = __ENV.BASE;
export const options = { throw: true };
function tell(name, call) {
  try {
    console.log(name, call().status);
  } catch (error) {
    console.log(name, error.name, error.message.replace(BASE, 'BASE'));
  }
}
export default function () {
  tell('timeout', () => http.get(`${BASE}/text`, { timeout: 0 }));
  tell('no duration', () => http.get(`${BASE}/text`, { timeout: 'abc' }));
  tell('type', () => http.get(`${BASE}/text`, { responseType: 'zip' }));
  tell('no type', () => http.get(`${BASE}/text`, { responseType: null }));
  tell('compression', () => http.post(`${BASE}/text`, 'a', { compression: 'zip' }));
  tell('callback', () => http.get(`${BASE}/text`, { responseCallback: 5 }));
  tell('tags', () => http.get(`${BASE}/text`, { tags: { a: {} } }));
  tell('header', () => http.get(`${BASE}/text`, { headers: { 'a b': 'c' } }));
  tell('body', () => http.post(`${BASE}/text`, 5));
  tell('refused', () => http.get('http://127.0.0.1:1/'));
  tell('redirects', () => http.get(`${BASE}/redirect/20`));
  tell('batch', () => http.batch([`${BASE}/text`, 'http://[bad/'])[0]);
  tell('batch refused', () => http.batch([`${BASE}/text`, 'http://127.0.0.1:1/'])[0]);
}
