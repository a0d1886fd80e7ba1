// 100 users order and then pay three times with one key: money is taken once.
//
// USER_ID=n pays from another account than 1.

import http from 'k6/http';
import { check, sleep } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
import { baseUrl, number, stages } from './lib/profile.js';
import { lockFigures } from './lib/server-timing.js';

const BASE_URL = baseUrl('http://localhost:8080');
const USER_ID = number('USER_ID', 1);
const THINK = number('THINK', 1);
const PAYMENTS_PER_ORDER = 3;

const errors = new Rate('errors');
const success = new Rate('success');
const conflicts = new Counter('idempotency_conflicts');
const duplicatesPrevented = new Counter('duplicate_payments_prevented');
const retryCount = new Trend('retry_count');
const lockWaitTime = new Trend('lock_wait_time', true);

export const options = {
  stages: stages([30, 100], [60, 100]),
  thresholds: {
    http_req_duration: ['p(95)<1000'],
    duplicate_payments_prevented: ['count>0'],
    errors: ['rate<0.05'],
  },
};

// The second and the third payment must be refused: that is what is tested.
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 299 }, 409));

function post(path, body, name) {
  const response = http.post(BASE_URL + path, JSON.stringify(body), {
    headers: { 'Content-Type': 'application/json' },
    tags: { name },
  });
  const lock = lockFigures(response);
  if (lock.isTold) {
    lockWaitTime.add(lock.waitMs);
    retryCount.add(lock.retries);
  }
  return response;
}

function isOk(response) {
  return response.status === 200 || response.status === 201;
}

export default function () {
  const items = [{ productId: 1, quantity: 1 }];
  const order = post('/api/orders', { userId: USER_ID, items }, 'order');
  if (!check(order, { 'the order is placed': isOk })) {
    errors.add(true);
    success.add(false);
    sleep(THINK);
    return;
  }
  const path = `/api/orders/${order.json('orderId')}/payment`;
  const payment = { userId: USER_ID, amount: 50000, idempotencyKey: crypto.randomUUID() };
  let paid = 0;
  let prevented = 0;
  for (let n = 0; n < PAYMENTS_PER_ORDER; n += 1) {
    const response = post(path, payment, 'pay');
    if (isOk(response)) {
      paid += 1;
    } else if (response.status === 409) {
      prevented += 1;
      conflicts.add(1);
    }
  }
  const isRight = check(null, {
    'money is taken once': () => paid === 1,
    'every repeat is refused': () => prevented === PAYMENTS_PER_ORDER - 1,
  });
  if (isRight) {
    duplicatesPrevented.add(prevented);
  }
  success.add(isRight);
  errors.add(!isRight);
  sleep(THINK);
}
