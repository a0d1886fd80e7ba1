/*---
shows = "The scenario tag cannot be replaced."
features = ["scenarios"]
compare = ["exit", "counts", "samples", "banner"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  work: { executor: 'shared-iterations', tags: { scenario: 'other', group: 'g', team: 'x' } },
} };
export default function () {}
