/*---
shows = "The init context runs for each user."
features = ["init context"]
compare = ["exit", "log"]
unordered = true
---*/
import http from 'k6/http';
const state = [];
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };
export default function () { state.push(1); console.log(state.length); }
