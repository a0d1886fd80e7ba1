/*---
shows = "A ramp with handleSummary that writes files."
features = ["usual scripts"]
compare = ["exit", "thresholds"]
files = ["data/users.json"]
files_out = ["result.json"]
---*/
import http from 'k6/http';
import { check, sleep } from 'k6';
import { SharedArray } from 'k6/data';

const users = new SharedArray('users', () => JSON.parse(open('./data/users.json')));

export let options = {
  stages: [{ duration: '150ms', target: 2 }, { duration: '100ms', target: 0 }],
  thresholds: { checks: ['rate==1'] },
};

export default () => {
  const user = users[__ITER % users.length];
  const res = http.post(`${__ENV.BASE}/echo`, { user: user.name });
  check(res, { echoed: (r) => r.json('body') === `user=${user.name}` });
  sleep(0.05);
};

export function handleSummary(data) {
  return { 'result.json': JSON.stringify({ checks: data.metrics.checks.values.rate, ok: data.metrics.checks.thresholds['rate==1'].ok }) };
}
