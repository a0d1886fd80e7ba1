/*---
shows = "An exported binding that is assigned later."
features = ["options from __ENV"]
---*/
export let options = { iterations: 1 };
if (__ENV.BASE) options = { iterations: 3, vus: 1 };
options.tags = { late: 'yes' };
export default function () {}
