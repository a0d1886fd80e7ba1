/*---
shows = "A request that cannot be made keeps its batch from being sent."
features = ["http.batch"]
compare = ["exit", "counts", "log", "wire"]
has = ["A batch request failed"]
---*/
import http from 'k6/http';
const BASE = __ENV.BASE;
function tell(name, requests) {
  try {
    const answers = http.batch(requests);
    const seen = JSON.stringify(answers, (_, v) => (v && v.timings ? [v.status, v.error_code, v.error] : v));
    console.log(name, seen);
  } catch (error) {
    console.log(name, error.name, error.message);
  }
}
export default function () {
  tell('middle', [`${BASE}/text`, 'http://[bad/', `${BASE}/text`]);
  tell('last', { a: 'http://[bad/' });
  tell('params', [['GET', `${BASE}/text`, null, { timeout: 'abc' }]]);
  tell('number', [1]);
  tell('true', [true]);
  tell('nothing', [null]);
  tell('empty list', [[]]);
  tell('short list', [['GET']]);
  tell('no address', [['GET', null]]);
  tell('no method', [[null, `${BASE}/text`]]);
  tell('no url', { a: { method: 'GET' } });
  tell('body', [['POST', `${BASE}/text`, 5]]);
  tell('one fails', [`${BASE}/text`, ['GET', `${BASE}/text`, null, { timeout: 0 }]]);
  for (const requests of [null, undefined, 5, 5.5, true, 'x']) tell(String(requests), requests);
  try {
    http.batch();
  } catch (error) {
    console.log(error.message);
  }
}
