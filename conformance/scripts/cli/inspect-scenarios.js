/*---
shows = "inspect of scenarios."
features = ["command inspect"]
steps = [["inspect", "{script}"]]
compare = ["exit", "stdout"]
---*/
export const options = { scenarios: { a: { executor: 'ramping-vus', stages: [{ duration: '5s', target: 3 }] }, b: { executor: 'constant-arrival-rate', rate: 5, duration: '1m', preAllocatedVUs: 2, startTime: '10s', exec: 'other', env: { A: '1' }, tags: { t: 'x' } } } };
export default function () {}
export function other() {}
