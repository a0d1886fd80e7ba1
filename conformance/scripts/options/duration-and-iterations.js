/*---
shows = "duration bounds iterations."
features = ["option duration", "option vus and iterations"]
compare = ["exit", "counts", "samples", "banner"]
---*/
export const options = { vus: 1, iterations: 3, duration: '5s' };
export default function () {}
