// Five requests at once for each of 100 seats, seat after seat: one books it, four are rejected.
//
// SEAT=n races for one seat alone, REQUESTS=n sends another number of requests at once, SHOW_ID=n
// takes another show. A seat that is booked when the test starts must stay so: all are rejected.

import http from 'k6/http';
import { check, fail } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { baseUrl, number, share } from './lib/profile.js';

const BASE_URL = baseUrl('http://localhost:8000');
const SHOW_ID = number('SHOW_ID', 1);
const SEAT = number('SEAT', 0);
const REQUESTS = number('REQUESTS', 5);
const N_SEATS = SEAT > 0 ? 1 : share(100);

const bookings = new Counter('bookings');
const rejections = new Counter('rejections');
const otherAnswers = new Counter('other_answers');
const doubleBookings = new Counter('double_bookings');

export const options = {
  scenarios: {
    seats: { executor: 'per-vu-iterations', vus: 1, iterations: N_SEATS, maxDuration: '5m' },
  },
  // All requests of a race are in flight together.
  batch: REQUESTS,
  batchPerHost: REQUESTS,
  thresholds: {
    checks: ['rate==1'],
    other_answers: ['count<1'],
    double_bookings: ['count<1'],
    bookings: [`count<=${N_SEATS}`],
  },
};

http.setResponseCallback(http.expectedStatuses(200, 409));

function hallLayout() {
  const url = `${BASE_URL}/api/hall-layout/${SHOW_ID}/`;
  const response = http.get(url, { tags: { name: 'hall_layout' } });
  if (response.status !== 200) {
    fail(`GET ${url} was answered ${response.status} ${response.error}`);
  }
  return response.json('seats');
}

/** The seat that is raced for in an iteration. */
function seatOf(iteration) {
  return SEAT > 0 ? SEAT : iteration + 1;
}

export function setup() {
  const bookedAtStart = hallLayout()
    .filter((seat) => seat.status !== 'AVAILABLE')
    .map((seat) => seat.id);
  const raced = Array.from({ length: N_SEATS }, (_, idx) => seatOf(idx));
  if (raced.every((seat) => bookedAtStart.includes(seat))) {
    console.warn('All seats are booked: this run can only show that nobody gets them again.');
  }
  return { bookedAtStart };
}

export default function (data) {
  const seatId = seatOf(exec.vu.iterationInScenario);
  const request = {
    method: 'POST',
    url: `${BASE_URL}/api/book-seat/`,
    body: JSON.stringify({ seat_id: seatId, show_id: SHOW_ID }),
    params: {
      headers: { 'Content-Type': 'application/json' },
      tags: { name: 'book_seat', seat: String(seatId) },
    },
  };
  const responses = http.batch(new Array(REQUESTS).fill(request));
  const won = responses.filter((response) => response.status === 200).length;
  const lost = responses.filter((response) => response.status === 409).length;
  bookings.add(won);
  rejections.add(lost);
  otherAnswers.add(REQUESTS - won - lost);
  doubleBookings.add(Math.max(0, won - 1));
  const expected = data.bookedAtStart.includes(seatId) ? 0 : 1;
  check(responses, {
    'a free seat has one winner, a booked one none': () => won === expected,
    'everybody else is rejected': () => lost === REQUESTS - expected,
  });
}

export function teardown(data) {
  const booked = hallLayout().filter((seat) => seat.status === 'BOOKED').length;
  console.log(`Booked seats at the start: ${data.bookedAtStart.length}, at the end: ${booked}`);
}
