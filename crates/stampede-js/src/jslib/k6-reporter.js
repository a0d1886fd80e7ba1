// htmlReport(): one HTML page of a run, complete in itself.

function escape(text) {
  return String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const plain = (number, digits = 2) => {
  if (typeof number !== "number" || !Number.isFinite(number)) return "–";
  return number.toLocaleString === undefined || Math.abs(number) < 1000
    ? String(Number(number.toFixed(digits)))
    : String(Number(number.toFixed(digits))).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, "\u202f");
};

function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let rest = number;
  while (1000 <= rest && unit + 1 < units.length) {
    rest /= 1000;
    unit++;
  }
  return `${plain(rest, 1)} ${units[unit]}`;
}

function value(number, metric) {
  if (metric.contains === "data") return bytes(number);
  return metric.contains === "time" ? `${plain(number)} ms` : plain(number);
}

function verdict(isOk) {
  return isOk ? '<span class="ok">✓ passed</span>' : '<span class="bad">✗ failed</span>';
}

function table(caption, heads, rows) {
  if (rows.length === 0) return "";
  const head = heads.map((text) => `<th scope="col">${escape(text)}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell, n) => (n === 0 ? `<th scope="row">${cell}</th>` : `<td>${cell}</td>`)).join("")}</tr>`);
  return `<section><h2>${escape(caption)}</h2><div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body.join("\n")}</tbody></table></div></section>`;
}

function thresholdsOf(data) {
  const rows = [];
  for (const [name, metric] of Object.entries(data.metrics)) {
    for (const [expression, judged] of Object.entries(metric.thresholds ?? {})) {
      rows.push({ name, expression, isOk: judged.ok !== false });
    }
  }
  return rows;
}

/** All checks with the groups that they are in. */
function checksOf(group, path = "") {
  const own = (group?.checks ?? []).map((check) => ({ ...check, group: path }));
  const inner = (group?.groups ?? []).flatMap((one) => checksOf(one, path === "" ? one.name : `${path} › ${one.name}`));
  return own.concat(inner);
}

function trends(data) {
  const names = [];
  const metrics = Object.entries(data.metrics).filter(([, metric]) => metric.type === "trend");
  for (const [, metric] of metrics) {
    for (const name of Object.keys(metric.values)) if (!names.includes(name)) names.push(name);
  }
  const usual = ["count", "avg", "min", "med", "max"];
  names.sort((a, b) => (usual.indexOf(a) + 1 || 99) - (usual.indexOf(b) + 1 || 99));
  const rows = metrics.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, metric]) => [
    escape(name),
    ...names.map((stat) => (stat === "count" ? plain(metric.values[stat]) : escape(value(metric.values[stat], metric)))),
  ]);
  return table("Durations and other trends", ["Metric", ...names], rows);
}

function others(data) {
  const rows = [];
  for (const [name, metric] of Object.entries(data.metrics)) {
    const { values } = metric;
    if (metric.type === "counter") rows.push([escape(name), escape(value(values.count, metric)), `${escape(value(values.rate, metric))}/s`]);
    if (metric.type === "gauge") rows.push([escape(name), escape(value(values.value, metric)), `${escape(value(values.min, metric))} to ${escape(value(values.max, metric))}`]);
    if (metric.type === "rate") {
      const total = values.passes + values.fails;
      rows.push([escape(name), `${plain(values.rate * 100)} %`, `${plain(values.passes)} of ${plain(total)}`]);
    }
  }
  rows.sort(([a], [b]) => (a < b ? -1 : 1));
  return table("Counts, rates and gauges", ["Metric", "Value", "Detail"], rows);
}

const STYLE = `
:root{--fg:#1d2430;--bg:#fff;--soft:#f2f4f7;--line:#d5dae1;--ok:#12703c;--bad:#b3261e;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--fg:#e6e9ee;--bg:#14181f;--soft:#1e242d;--line:#363e4a;--ok:#5fd08c;--bad:#ff8a80}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:75rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.75rem;margin:1.25rem 0;padding:0}
.cards div{background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem}
.cards dt{font-size:.8rem;opacity:.8}.cards dd{margin:0;font-size:1.35rem;font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child{text-align:left;font-weight:500}thead th{font-size:.8rem}
.ok{color:var(--ok)}.bad{color:var(--bad)}@media print{body{max-width:none}}`;

export function htmlReport(data, options = {}) {
  const title = escape(options.title ?? "Load test report");
  const thresholds = thresholdsOf(data);
  const checks = checksOf(data.root_group);
  const failedThresholds = thresholds.filter((one) => !one.isOk).length;
  const failedChecks = checks.reduce((sum, check) => sum + check.fails, 0);
  const allChecks = checks.reduce((sum, check) => sum + check.passes + check.fails, 0);
  const { metrics } = data;
  const requests = metrics.http_reqs?.values;
  const failed = metrics.http_req_failed?.values;
  const share = (failing, total) => `<span class="${failing === 0 ? "ok" : "bad"}">${plain(failing)} of ${plain(total)}</span>`;
  const cards = [
    ["Thresholds failed", share(failedThresholds, thresholds.length)],
    ["Checks failed", share(failedChecks, allChecks)],
    ["Requests", requests ? plain(requests.count) : "–"],
    ["Requests per second", requests ? plain(requests.rate) : "–"],
    ["Requests failed", failed ? share(failed.passes, failed.passes + failed.fails) : "–"],
    ["Iterations", metrics.iterations ? plain(metrics.iterations.values.count) : "–"],
    ["Virtual users at most", metrics.vus_max ? plain(metrics.vus_max.values.max) : "–"],
    ["Duration", data.state ? `${plain(data.state.testRunDurationMs / 1000)} s` : "–"],
  ];
  const isPassed = failedThresholds === 0;
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title><style>${STYLE}</style></head><body>
<header><h1>${title}</h1><p>${new Date().toISOString().replace(/\.\d+Z/, "Z")} · ${
    thresholds.length === 0 ? "no thresholds were set" : `thresholds: ${verdict(isPassed)}`
  }</p>${options.description ? `<p>${escape(options.description)}</p>` : ""}</header>
<dl class="cards">${cards.map(([name, text]) => `<div><dt>${name}</dt><dd>${text}</dd></div>`).join("")}</dl>
${table("Thresholds", ["Metric", "Threshold", "Verdict"], thresholds.map((one) => [escape(one.name), `<code>${escape(one.expression)}</code>`, verdict(one.isOk)]))}
${table("Checks", ["Check", "Group", "Passed", "Failed", "Share"], checks.map((check) => [escape(check.name), escape(check.group), plain(check.passes), check.fails === 0 ? "0" : `<span class="bad">${plain(check.fails)}</span>`, `${plain((100 * check.passes) / Math.max(1, check.passes + check.fails))} %`]))}
${trends(data)}
${others(data)}
</body></html>
`;
}

export default { htmlReport };
