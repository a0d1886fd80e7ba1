/*---
shows = "Options built from __ENV."
features = ["options from __ENV"]
args = ["-e", "N=3"]
---*/
const n = Number(__ENV.N || 1);
export const options = { vus: n, iterations: n * 2, tags: { n: `${n}` } };
export default function () {}
