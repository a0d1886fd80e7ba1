/*---
shows = "Numbers of users in a segment."
features = ["execution segments"]
compare = ["exit", "log", "banner"]
unordered = true
---*/
import exec from 'k6/execution';
export const options = { executionSegment: '1/3:2/3', executionSegmentSequence: '0,1/3,2/3,1', scenarios: { a: { executor: 'per-vu-iterations', vus: 6, iterations: 1 } } };
// Which user begins first is chance under k6, too; so users and iterations are told apart.
export default function () {
  console.log('user', __VU, exec.vu.idInInstance, exec.vu.idInTest);
  console.log('iteration', exec.scenario.iterationInTest, exec.scenario.iterationInInstance);
}
