/*---
shows = "A booking test as users write them: setup, groups, custom metrics, thresholds."
features = ["usual scripts"]
also = ["summary", "log", "wire", "export"]
unordered = true
---*/
import http from 'k6/http';
import { check, group, sleep } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';

const BASE_URL = __ENV.BASE || 'http://localhost:8080';
const booked = new Counter('seats_booked');
const conflicts = new Counter('seat_conflicts');
const errors = new Rate('errors');
const duration = new Trend('booking_duration', true);

export const options = {
  scenarios: {
    rush: { executor: 'per-vu-iterations', vus: 2, iterations: 3, maxDuration: '10s', tags: { phase: 'rush' } },
  },
  thresholds: {
    http_req_failed: ['rate<0.9'],
    'http_req_duration{phase:rush}': ['p(95)<5000'],
    errors: ['rate<0.5'],
    seats_booked: ['count>=1'],
  },
  summaryTrendStats: ['avg', 'p(95)', 'p(99)', 'count'],
};

export function setup() {
  const res = http.get(`${BASE_URL}/json`);
  check(res, { 'the list is there': (r) => r.status === 200 });
  return { seats: res.json('friends.#.age') };
}

export default function (data) {
  const seat = data.seats[(__VU + __ITER) % data.seats.length];
  group('book', () => {
    const started = Date.now();
    const res = http.post(`${BASE_URL}/status/${__ITER === 1 ? 409 : 201}`, JSON.stringify({ seat }), {
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `${__VU}-${__ITER}` },
      tags: { name: 'book' },
      responseCallback: http.expectedStatuses(201, 409),
    });
    duration.add(Date.now() - started >= 0 ? 1 : 0);
    const ok = check(res, { 'booked or refused': (r) => [201, 409].includes(r.status) });
    errors.add(!ok);
    if (res.status === 201) booked.add(1, { seat: String(seat) });
    else conflicts.add(1);
  });
  sleep(0.01);
}

export function teardown(data) {
  http.del(`${BASE_URL}/echo`);
  console.log(`seats: ${data.seats.length}`);
}
