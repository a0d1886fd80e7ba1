/*---
shows = "exec.vu.metrics.metadata."
features = ["execution.vu.tags"]
also = ["log"]
---*/
import exec from 'k6/execution';
export default function () { exec.vu.metrics.metadata.trace = 'abc'; console.log(exec.vu.metrics.metadata.trace); }
