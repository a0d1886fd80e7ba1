/*---
shows = "Numbers of users in a segment."
features = ["execution segments"]
compare = ["exit", "log", "banner"]
unordered = true
---*/
import exec from 'k6/execution';
export const options = { executionSegment: '1/3:2/3', executionSegmentSequence: '0,1/3,2/3,1', scenarios: { a: { executor: 'per-vu-iterations', vus: 6, iterations: 1 } } };
export default function () { console.log(exec.vu.idInInstance, exec.vu.idInTest, exec.scenario.iterationInTest, exec.scenario.iterationInInstance); }
