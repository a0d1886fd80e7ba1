/*---
shows = "Two segments together are the whole test."
features = ["execution segments"]
steps = [
    ["run", "--execution-segment", "0:1/2", "--execution-segment-sequence", "0,1/2,1", "{script}"],
    ["run", "--execution-segment", "1/2:1", "--execution-segment-sequence", "0,1/2,1", "{script}"],
]
compare = ["exit", "log", "banner"]
unordered = true
---*/
export const options = { scenarios: { a: { executor: 'shared-iterations', vus: 4, iterations: 10 }, b: { executor: 'per-vu-iterations', vus: 3, iterations: 2, exec: 'b' } } };
export default function () { console.log('a'); }
export function b() { console.log('b'); }
