/*---
shows = "inspect --execution-requirements."
features = ["command inspect"]
steps = [["inspect", "--execution-requirements", "{script}"]]
compare = ["exit", "stdout"]
---*/
export const options = { scenarios: { a: { executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '5s', target: 7 }] }, b: { executor: 'constant-arrival-rate', rate: 5, duration: '1m', preAllocatedVUs: 2, maxVUs: 9 } } };
export default function () {}
