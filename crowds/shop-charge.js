// Up to 1,000 users charge one account, second after second.
//
// USER_ID=n charges another account than 1.

import http from 'k6/http';
import { check, sleep } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
import { baseUrl, markStage, number, plateaus, stages } from './lib/profile.js';
import { lockFigures } from './lib/server-timing.js';

const BASE_URL = baseUrl('http://localhost:8080');
const USER_ID = number('USER_ID', 1);
const THINK = number('THINK', 1);

const errors = new Rate('errors');
const success = new Rate('success');
const conflicts = new Counter('optimistic_lock_conflicts');
const retryCount = new Trend('retry_count');
const lockWaitTime = new Trend('lock_wait_time', true);

const PROFILE = [[30, 100], [60, 100], [30, 500], [60, 500], [30, 1000], [60, 1000], [30, 0]];
const PLATEAUS = plateaus(...PROFILE);

export const options = {
  stages: stages(...PROFILE),
  thresholds: {
    http_req_duration: ['p(95)<1000', 'p(99)<2000'],
    errors: ['rate<0.05'],
    success: ['rate>0.95'],
    optimistic_lock_conflicts: ['count<100'],
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
  const response = http.post(
    `${BASE_URL}/api/users/${USER_ID}/balance/charge`,
    JSON.stringify({ amount: 10000 }),
    { headers: { 'Content-Type': 'application/json' }, tags: { name: 'charge' } },
  );
  const isCharged = check(response, {
    'the account is charged': (r) => r.status === 200,
    'the answer has the balance': (r) => r.status === 200 && r.json('balance') !== undefined,
  });
  // Both outcomes are added, or one failure among a million would make a rate of 100 %.
  success.add(isCharged);
  errors.add(!isCharged);
  if (response.status === 409) {
    conflicts.add(1);
  }
  const lock = lockFigures(response);
  if (lock.isTold) {
    lockWaitTime.add(lock.waitMs);
    retryCount.add(lock.retries);
  }
  sleep(THINK);
}
