// What all crowds take from the environment: how long they last, and how long their users pause.

import exec from 'k6/execution';

/** A number from the environment; what cannot be one ends the test before it starts. */
export function number(name, usual) {
  const text = __ENV[name];
  if (text === undefined || text === '') {
    return usual;
  }
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) {
    throw new Error(`${name} is ${JSON.stringify(text)}; it must be a number, 0 or larger`);
  }
  return value;
}

/** The part of the profile that runs: 1 is all of it, 0.1 a tenth of the time or of the seats. */
const SCALE = number('SCALE', 1);
if (SCALE === 0 || 1 < SCALE) {
  throw new Error('SCALE must be more than 0 and at most 1');
}

/** A duration of the profile, for `options`. */
export function seconds(full) {
  return `${Math.max(1, Math.round(full * SCALE * 1000))}ms`;
}

/** A number of things that are taken in turn; at least one is left. */
export function share(full) {
  return Math.max(1, Math.round(full * SCALE));
}

/** Stages of `[seconds, users]`. */
export function stages(...pairs) {
  return pairs.map(([duration, target]) => ({ duration: seconds(duration), target }));
}

/** When the number of users of `[seconds, users]` stages stays the same, in ms from the start. */
export function plateaus(...pairs) {
  const found = [];
  let at = 0;
  pairs.forEach(([duration, users], idx) => {
    const from = at;
    at += duration * SCALE * 1000;
    if (idx > 0 && pairs[idx - 1][1] === users) {
      found.push({ users: String(users), from, to: at });
    }
  });
  return found;
}

let marked;

/**
 * Tags what follows with `stage`: the number of users while it stays the same, else `ramp`. So a
 * threshold can speak of 500 users alone.
 */
export function markStage(all) {
  const at = Date.now() - exec.scenario.startTime;
  const now = all.find((plateau) => plateau.from <= at && at < plateau.to);
  const stage = now ? now.users : 'ramp';
  if (stage !== marked) {
    exec.vu.metrics.tags.stage = stage;
    marked = stage;
  }
}

/** The server, without a slash at the end. */
export function baseUrl(usual) {
  return (__ENV.BASE_URL || usual).replace(/\/+$/, '');
}

/** Whether a server failed: it answered 5xx, or not at all. */
export function isSystemError(response) {
  return response.status === 0 || 500 <= response.status;
}
