/*---
shows = "options as the result of a function."
features = ["options from __ENV"]
compare = ["exit", "counts", "samples"]
---*/
function build() { const made = {}; for (const name of ['x', 'y']) made[name] = { executor: 'per-vu-iterations', vus: 1, iterations: 1 }; return made; }
export const options = { scenarios: build() };
export default function () {}
