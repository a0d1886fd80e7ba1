// 100 buyers race for each of 16 seats: one of them gets it, 99 are told that they did not.
//
// VUS=n takes another number of buyers, SEATS=n of seats, TOKEN=… a token of yours, RESET=0 leaves
// the orders of the race before.

import http from 'k6/http';
import { check, fail } from 'k6';
import { sha256 } from 'k6/crypto';
import exec from 'k6/execution';
import { Counter, Rate } from 'k6/metrics';
import { baseUrl, isSystemError, number, share } from './lib/profile.js';

const BASE_URL = baseUrl('http://localhost:8084');
const VUS = number('VUS', 100);
const SEATS = share(number('SEATS', 16));
const LOST = 'Seat validation failed: one or more seats already locked';

const successes = new Counter('booking_success');
const failures = new Counter('booking_failed');
const successRate = new Rate('booking_success_rate');
const systemErrors = new Counter('system_errors');

function thresholds() {
  const limits = {
    'http_req_duration{name:order}': ['p(95)<2000'],
    booking_success: [`count==${SEATS}`],
    booking_failed: [`count==${SEATS * (VUS - 1)}`],
    system_errors: ['count<1'],
    checks: ['rate==1'],
  };
  for (let seat = 1; seat <= SEATS; seat += 1) {
    // Two winners of one seat and none of another would add up to the same sum.
    limits[`booking_success{seat:${seat}}`] = ['count==1'];
  }
  return limits;
}

export const options = {
  scenarios: {
    race: {
      executor: 'per-vu-iterations',
      vus: VUS,
      iterations: SEATS,
      maxDuration: '2m',
    },
  },
  thresholds: thresholds(),
};

function login() {
  const form = {
    grant_type: 'password',
    client_id: 'load-test',
    username: __ENV.USERNAME || 'racer',
    password: __ENV.PASSWORD || 'racer',
  };
  const realm = __ENV.REALM || 'demo';
  const url = `${BASE_URL}/realms/${realm}/protocol/openid-connect/token`;
  const response = http.post(url, form, { tags: { name: 'login' } });
  if (response.status !== 200) {
    fail(`POST ${url} was answered ${response.status} ${response.error}`);
  }
  return response.json('access_token');
}

/** Cancels what an earlier race has won and not paid, so that its seats are free again. */
function reset(headers, token) {
  const user = sha256(token, 'hex').slice(0, 16);
  const orders = http.get(`${BASE_URL}/api/order/user/${user}`, { headers, tags: { name: 'mine' } });
  if (orders.status !== 200) {
    fail(`the orders of the race before cannot be read: ${orders.status} ${orders.body}`);
  }
  for (const order of orders.json()) {
    if (order.status === 'pending') {
      const url = `${BASE_URL}/api/order/${order.order_id}`;
      const response = http.del(url, null, { headers, tags: { name: 'cancel' } });
      check(response, { 'an old order is cancelled': (r) => r.status === 204 });
    }
  }
}

export function setup() {
  const token = __ENV.TOKEN || login();
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  if (number('RESET', 1) !== 0) {
    reset(headers, token);
  }
  return { headers };
}

export default function (data) {
  const seat = String(exec.vu.iterationInScenario + 1);
  const body = JSON.stringify({
    event_id: 1,
    session_id: 1,
    seat_ids: [seat],
    organization_id: 1,
    discount_id: null,
  });
  const response = http.post(`${BASE_URL}/api/order`, body, {
    headers: data.headers,
    tags: { name: 'order', seat },
    responseCallback: http.expectedStatuses(200, 201, 400),
  });
  const isWon = response.status === 200 || response.status === 201;
  check(response, {
    'won, or told that it is lost': (r) => isWon || (r.status === 400 && r.body === LOST),
  });
  successRate.add(isWon);
  if (isWon) {
    successes.add(1, { seat });
  } else if (isSystemError(response)) {
    systemErrors.add(1);
  } else {
    failures.add(1);
  }
}
