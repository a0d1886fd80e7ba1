/*---
shows = "-d discards the scenarios of the script."
features = ["flags -u -i -d -s"]
args = ["-d", "1s"]
compare = ["exit", "banner"]
---*/
import { check, group, sleep, fail } from 'k6';
export const options = { scenarios: { a: { executor: 'shared-iterations', iterations: 50 } } };
export default function () { sleep(0.4); }
