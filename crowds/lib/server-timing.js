// What a server says about its own time in the header Server-Timing.

/**
 * How long a request waited for its turn, in milliseconds, and how often the server tried again.
 * boxoffice decides requests one after the other: its lock wait is the time in the queue, and it
 * never tries again. A server with locks can say `lock;dur=` and `retry;dur=` (a plain number).
 */
export function lockFigures(response) {
  const figures = {};
  for (const entry of (response.headers['Server-Timing'] || '').split(',')) {
    const found = /^\s*([\w-]+)\s*;.*\bdur=([0-9.]+)/.exec(entry);
    if (found) {
      figures[found[1]] = Number(found[2]);
    }
  }
  const isTold = figures.lock !== undefined || figures.queue !== undefined;
  return {
    isTold,
    waitMs: figures.lock !== undefined ? figures.lock : figures.queue || 0,
    retries: figures.retry || 0,
  };
}
