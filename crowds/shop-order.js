// Up to 1,000 users order one product, second after second.
//
// USER_ID=n and PRODUCT_ID=n take others than 1.

import http from 'k6/http';
import { check, sleep } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
import { baseUrl, markStage, number, plateaus, stages } from './lib/profile.js';
import { lockFigures } from './lib/server-timing.js';

const BASE_URL = baseUrl('http://localhost:8080');
const USER_ID = number('USER_ID', 1);
const PRODUCT_ID = number('PRODUCT_ID', 1);
const THINK = number('THINK', 1);

const errors = new Rate('errors');
const success = new Rate('success');
const lockTimeouts = new Counter('pessimistic_lock_timeouts');
const stockDepletions = new Counter('stock_depletions');
const retryCount = new Trend('retry_count');
const lockWaitTime = new Trend('lock_wait_time', true);

const PROFILE = [[30, 100], [60, 100], [30, 500], [60, 500], [30, 1000], [60, 1000], [30, 0]];
const PLATEAUS = plateaus(...PROFILE);

export const options = {
  stages: stages(...PROFILE),
  thresholds: {
    http_req_duration: ['p(95)<3500'],
    errors: ['rate<0.2'],
    pessimistic_lock_timeouts: ['count<100'],
    'http_req_duration{stage:100}': ['p(95)<500'],
    'http_req_duration{stage:500}': ['p(95)<1000'],
    'http_req_duration{stage:1000}': ['p(95)<3500'],
    'errors{stage:100}': ['rate<0.05'],
    'errors{stage:500}': ['rate<0.1'],
    'errors{stage:1000}': ['rate<0.2'],
  },
};

export default function () {
  markStage(PLATEAUS);
  const order = { userId: USER_ID, items: [{ productId: PRODUCT_ID, quantity: 1 }] };
  const response = http.post(`${BASE_URL}/api/orders`, JSON.stringify(order), {
    headers: { 'Content-Type': 'application/json' },
    tags: { name: 'order' },
  });
  const isOk = response.status === 200 || response.status === 201;
  const isOrdered = check(response, {
    'the order is placed': () => isOk,
    'the answer has the order': (r) => isOk && r.json('orderId') !== undefined,
  });
  success.add(isOrdered);
  errors.add(!isOrdered);
  if (!isOrdered) {
    const text = response.body || '';
    if (response.status === 408 || text.includes('timeout')) {
      lockTimeouts.add(1);
    } else if (text.includes('stock')) {
      stockDepletions.add(1);
    }
  }
  const lock = lockFigures(response);
  if (lock.isTold) {
    lockWaitTime.add(lock.waitMs);
    retryCount.add(lock.retries);
  }
  sleep(THINK);
}
