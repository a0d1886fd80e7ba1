/*---
shows = "tags for all samples, in the script and as flags."
features = ["option tags", "flag --tag"]
args = ["--tag", "kind=flag", "--tag", "more=1"]
---*/
export const options = { tags: { team: 'a', kind: 'script' } };
import { Counter } from 'k6/metrics';
const c = new Counter('cnt');
export default function () { c.add(1); c.add(1, { team: 'own' }); }
