/*---
shows = "handleSummary gets the newer form of the summary."
features = ["flag --new-machine-readable-summary", "handleSummary"]
args = ["--new-machine-readable-summary"]
compare = ["exit", "log"]
---*/
import { check } from 'k6';
import { Gauge, Rate } from 'k6/metrics';
const level = new Gauge('level'); const good = new Rate('good');
export const options = { iterations: 3 };
export default function () { level.add(__ITER); good.add(__ITER !== 0); check(__ITER, { small: (n) => n < 2 }); }
export function handleSummary(given) {
  const data = JSON.parse(JSON.stringify(given));
  console.log(Object.keys(data).sort().join(), data.version, Object.keys(data.config).sort().join(), data.config.execution, data.config.script.length > 300);
  console.log(JSON.stringify(data.results.checks.results), JSON.stringify(data.results.checks.metrics.map((m) => [m.name, m.type, m.values])));
  for (const m of data.results.metrics.filter((m) => ['level', 'good', 'iterations'].includes(m.name)).sort((a, b) => (a.name < b.name ? -1 : 1))) console.log(m.name, m.type, m.contains, Object.entries(m.values).sort().join());
  return {};
}
