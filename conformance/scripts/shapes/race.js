/*---
shows = "Many users at one seat at once."
features = ["usual scripts"]
---*/
import http from 'k6/http';
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import exec from 'k6/execution';
const wins = new Counter('wins'); const losses = new Counter('losses');
export const options = {
  scenarios: { race: { executor: 'shared-iterations', vus: 5, iterations: 20 } },
  thresholds: { wins: ['count==1'], losses: ['count==19'] },
};
export default function () {
  const turn = Number(http.get(`${__ENV.BASE}/hits/seat-7`).body);
  (turn === 1 ? wins : losses).add(1);
  check(exec.scenario.iterationInTest, { 'a number of its own': (n) => n >= 0 && n < 20 });
}
