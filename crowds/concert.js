// A concert of 1,000 seats goes on sale: people browse, reserve seats at random, and pay.
//
// SCENARIO=browsing, reserving or payment runs one of the three alone.

import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import { baseUrl, isSystemError, seconds, stages } from './lib/profile.js';

const BASE_URL = baseUrl('http://localhost:8080');
const CONCERT_ID = 1;
const TOTAL_SEATS = 1000;
const TOTAL_USERS = 10000;
const PRICE = 10000;

const successfulReservations = new Counter('successful_reservations');
const successfulPayments = new Counter('successful_payments');
const businessFailures = new Counter('business_failures');
const systemErrors = new Counter('system_errors');

// A seat that is taken is an answer, not a failure.
http.setResponseCallback(http.expectedStatuses(200, 400, 409));

const ramping = {
  executor: 'ramping-vus',
  startVUs: 0,
  stages: stages([30, 50], [60, 50], [30, 0]),
};
const ALL = {
  browsing: { ...ramping, exec: 'browse' },
  reserving: { ...ramping, exec: 'reserve' },
  payment: { executor: 'constant-vus', vus: 5, duration: seconds(120), exec: 'pay' },
};
const LIMITS = {
  browsing: { 'http_req_duration{scenario:browsing}': ['p(95)<200'] },
  // There are no more seats than that, and a reservation outlasts the test.
  reserving: { successful_reservations: [`count<=${TOTAL_SEATS}`] },
  payment: { 'http_req_duration{scenario:payment}': ['p(95)<500'] },
};

const wanted = __ENV.SCENARIO || 'all';
const names = wanted === 'all' ? Object.keys(ALL) : [wanted];
if (!names.every((name) => ALL[name])) {
  throw new Error(`SCENARIO is ${wanted}; it must be ${Object.keys(ALL).join(', ')} or all`);
}

export const options = {
  scenarios: Object.fromEntries(names.map((name) => [name, ALL[name]])),
  thresholds: Object.assign(
    { http_req_duration: ['p(95)<500'], system_errors: ['count<1'] },
    ...names.map((name) => LIMITS[name]),
  ),
};

function between(smallest, largest) {
  return smallest + Math.floor(Math.random() * (largest - smallest + 1));
}

function post(path, userId, body, name) {
  return http.post(BASE_URL + path, JSON.stringify(body), {
    headers: { 'Content-Type': 'application/json', 'X-User-Id': String(userId) },
    tags: { name },
  });
}

/** Counts what did not succeed. */
function countFailure(response) {
  if (isSystemError(response)) {
    systemErrors.add(1);
  } else {
    businessFailures.add(1);
  }
}

/** Tries to reserve a seat; the reservation's number if that worked. */
function reserveSeat(userId) {
  const body = { concertId: CONCERT_ID, seatNumber: between(1, TOTAL_SEATS), userId };
  const response = post('/reservations', userId, body, 'reserve');
  check(response, { 'reserved or taken': (r) => [200, 400, 409].includes(r.status) });
  if (response.status !== 200) {
    countFailure(response);
    return undefined;
  }
  successfulReservations.add(1);
  return response.json('reservationId');
}

export function browse() {
  const response = http.get(`${BASE_URL}/concerts`, { tags: { name: 'browse' } });
  check(response, { 'the concerts are listed': (r) => r.status === 200 });
  if (isSystemError(response)) {
    systemErrors.add(1);
  }
}

export function reserve() {
  reserveSeat(between(1, TOTAL_USERS));
}

// What this user has reserved last. Once the seats are gone it is paid again and again, and every
// time but the first must be refused.
let last;

export function pay() {
  const userId = between(1, TOTAL_USERS);
  const reservationId = reserveSeat(userId);
  if (reservationId !== undefined) {
    last = { userId, reservationId, isPaid: false };
  }
  const payment = last || { userId, reservationId: between(1, TOTAL_SEATS), isPaid: true };
  const response = post('/payments', payment.userId, {
    userId: payment.userId,
    reservationId: payment.reservationId,
    amount: PRICE,
  }, 'pay');
  check(response, {
    'paid once, refused otherwise': (r) => r.status === (payment.isPaid ? 400 : 200),
  });
  if (response.status === 200) {
    payment.isPaid = true;
    successfulPayments.add(1);
  } else {
    countFailure(response);
  }
}
