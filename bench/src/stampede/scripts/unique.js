// No two requests have the same URL.
import http from 'k6/http';

export default function () {
  http.get(`${__ENV.TARGET}/items/${__VU}-${__ITER}`);
}
