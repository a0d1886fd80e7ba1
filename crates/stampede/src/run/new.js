import http from 'k6/http';
import { check, sleep } from 'k6';

// Ten users for half a minute. See which of your server's promises hold under a crowd:
// every threshold below is part of the verdict, and of the exit code.
export const options = {
  vus: 10,
  duration: '30s',
  thresholds: {
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(95)<500'],
  },
};

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8080';

export default function () {
  const response = http.get(`${BASE_URL}/`);
  check(response, {
    'status is 200': (r) => r.status === 200,
  });
  sleep(1);
}
