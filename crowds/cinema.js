// 100 moviegoers lock seats of one showtime, look at them for a while, and let them go.
//
// THINK=0 takes the pauses away, RELEASE=0 lets nobody let go, HOT_SEATS=n makes everybody want the
// same n seats: with all three there is real contention.

import http from 'k6/http';
import { check, fail, sleep } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';
import { baseUrl, isSystemError, number, stages } from './lib/profile.js';

const BASE_URL = baseUrl('http://localhost:8080');
const THINK = number('THINK', 1);
const RELEASES = number('RELEASE', 1) !== 0;
const HOT_SEATS = number('HOT_SEATS', 0);
const SEATS_PER_LOCK_MAX = 3;

const lockSuccess = new Counter('seat_lock_success');
const lockConflict = new Counter('seat_lock_conflict');
const lockSuccessRate = new Rate('seat_lock_success_rate');
const seatsLocked = new Counter('seats_locked');
// How long a seat was certainly held, by seat: two of these that overlap are a seat sold twice.
const seatHoldTime = new Trend('seat_hold_time', true);
const emptyMaps = new Counter('empty_maps');
const systemErrors = new Counter('system_errors');

const isContended = !RELEASES || HOT_SEATS > 0;

function thresholds() {
  const limits = {
    'http_req_duration{name:lock_seats}': ['p(95)<2000'],
    system_errors: ['count<1'],
  };
  if (!isContended) {
    // Where most of the crowd must lose, these say nothing about the server.
    limits.http_req_failed = ['rate<0.3'];
    limits.seat_lock_success_rate = ['rate>0.3'];
  }
  if (!RELEASES && HOT_SEATS > 0) {
    limits.seats_locked = [`count<=${HOT_SEATS}`];
  }
  return limits;
}

export const options = {
  stages: stages([50, 50], [30, 100], [20, 100], [20, 0]),
  thresholds: thresholds(),
};

function read(path, name) {
  const response = http.get(BASE_URL + path, { tags: { name } });
  if (response.status !== 200) {
    fail(`GET ${path} was answered ${response.status} ${response.error}`);
  }
  return response.json();
}

function seatsOf(showtimeId, path) {
  return read(`/showtime-seats/showtime/${showtimeId}${path}`, 'seats').map(
    (seat) => seat.showtimeSeatId,
  );
}

export function setup() {
  const movies = read('/movies', 'movies');
  const movie = movies.find((one) => one.title === 'K6 Performance Test Movie') || movies[0];
  if (!movie) {
    fail('no movie is on; was the server started with --demo-house?');
  }
  const showtimes = read(`/showtimes/movie/${movie.movieId}/upcoming`, 'showtimes');
  if (showtimes.length === 0) {
    fail(`the movie ${movie.movieId} has no upcoming showtime`);
  }
  const { showtimeId } = showtimes[0];
  const types = read(`/ticket-types?showtimeId=${showtimeId}`, 'ticket_types');
  return {
    showtimeId,
    ticketTypeIds: types.map((type) => type.ticketTypeId),
    hotSeats: HOT_SEATS > 0 ? seatsOf(showtimeId, '').slice(0, HOT_SEATS) : [],
    availableAtStart: seatsOf(showtimeId, '/available').length,
  };
}

function pause(shortest, longest) {
  if (THINK > 0) {
    sleep((shortest + Math.random() * (longest - shortest)) * THINK);
  }
}

/** One to three of the seats, at random, none of them twice. */
function choose(seats) {
  const left = seats.slice();
  const chosen = [];
  let wanted = 1 + Math.floor(Math.random() * SEATS_PER_LOCK_MAX);
  for (; wanted > 0 && left.length > 0; wanted -= 1) {
    const idx = Math.floor(Math.random() * left.length);
    chosen.push(left[idx]);
    left[idx] = left[left.length - 1];
    left.pop();
  }
  return chosen;
}

/** Whether a lock is on exactly these seats. */
function isOn(lock, seats) {
  const locked = (lock.lockedSeats || []).map((seat) => seat.showtimeSeatId);
  return locked.length === seats.length && seats.every((seat) => locked.includes(seat));
}

export default function (data) {
  const seats = HOT_SEATS > 0 ? data.hotSeats : seatsOf(data.showtimeId, '/available');
  const chosen = choose(seats);
  if (chosen.length === 0) {
    // Nothing was attempted, so nothing was won or lost.
    emptyMaps.add(1);
    pause(1, 1);
    return;
  }
  // Every iteration is another customer.
  const headers = { 'Content-Type': 'application/json', 'X-Session-Id': crypto.randomUUID() };
  const types = data.ticketTypeIds;
  const body = JSON.stringify({
    showtimeId: data.showtimeId,
    seats: chosen.map((showtimeSeatId) => ({
      showtimeSeatId,
      ticketTypeId: types[Math.floor(Math.random() * types.length)],
    })),
  });
  const locked = http.post(`${BASE_URL}/seat-locks`, body, { headers, tags: { name: 'lock_seats' } });
  check(locked, { 'the lock is granted or refused': (r) => r.status === 201 || r.status === 409 });
  lockSuccessRate.add(locked.status === 201);
  if (locked.status === 201) {
    const heldFrom = Date.now();
    lockSuccess.add(1);
    seatsLocked.add(chosen.length);
    check(locked, { 'the lock has the seats that were asked for': (r) => isOn(r.json(), chosen) });
    pause(1, 4);
    if (RELEASES) {
      // Both times are cut to milliseconds: one less is certain.
      const heldMs = Math.max(0, Date.now() - heldFrom - 1);
      chosen.forEach((seat) => seatHoldTime.add(heldMs, { seat: String(seat) }));
      const url = `${BASE_URL}/seat-locks/showtime/${data.showtimeId}`;
      const released = http.del(url, null, { headers, tags: { name: 'release_seats' } });
      check(released, { 'the lock is released': (r) => r.status === 200 });
    }
  } else if (isSystemError(locked)) {
    systemErrors.add(1);
  } else {
    lockConflict.add(1);
  }
  pause(1, 1);
}

export function teardown(data) {
  const now = seatsOf(data.showtimeId, '/available').length;
  console.log(`Available seats at the start: ${data.availableAtStart}, at the end: ${now}`);
}
