/*---
shows = "No scenario at all."
features = ["scenarios"]
compare = ["exit"]
---*/
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: {
  
} };
export default function () {}
