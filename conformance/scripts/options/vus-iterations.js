/*---
shows = "vus and iterations."
features = ["option vus and iterations"]
compare = ["exit", "counts", "samples", "banner"]
---*/
export const options = { vus: 2, iterations: 5 };
export default function () {}
