/*---
shows = "inspect prints the options."
features = ["command inspect"]
steps = [["inspect", "{script}"]]
compare = ["exit", "stdout"]
---*/
export const options = { vus: 2, duration: '10s', thresholds: { checks: ['rate>0.9'] }, tags: { a: 'b' } };
export default function () {}
