// The parts of jslib's k6-summary that are not the text itself, which is native.
({
  /** JUnit's XML of the thresholds, one case per threshold. */
  jUnit(data, options = {}) {
    const escape = (text) =>
      String(text).replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`);
    const name = escape(options.name ?? "k6 thresholds");
    const classname = options.classname ? ` classname="${escape(options.classname)}"` : "";
    const cases = [];
    let failures = 0;
    for (const [metric, { thresholds }] of Object.entries(data.metrics ?? {})) {
      for (const [expression, verdict] of Object.entries(thresholds ?? {})) {
        const open = `<testcase name="${escape(metric)} - ${escape(expression)}"${classname}`;
        if (verdict.ok) {
          cases.push(`${open} />`);
        } else {
          failures++;
          const values = escape(JSON.stringify(data.metrics[metric].values));
          cases.push(`${open}><failure message="${values}" /></testcase>`);
        }
      }
    }
    const counts = `tests="${cases.length}" failures="${failures}"`;
    const lines = cases.map((line) => `    ${line}\n`).join("");
    return (
      `<?xml version="1.0"?>\n<testsuites ${counts}>\n  <testsuite name="${name}" ${counts}>\n` +
      `${lines}  </testsuite>\n</testsuites>\n`
    );
  },

  /** A value as the summary writes it: 66.66%, 1.5 kB, 2.35ms. */
  humanizeValue(value, metric, timeUnit) {
    const cut = (number, digits) => {
      const scale = 10 ** digits;
      return Math.trunc(number * scale) / scale;
    };
    const plain = (number, digits) => String(Number(number.toFixed(digits)));
    if (metric.type === "rate") return `${cut(value * 100, 2).toFixed(2)}%`;
    if (metric.contains === "data") {
      const units = ["B", "kB", "MB", "GB", "TB", "PB"];
      let rest = value;
      let unit = 0;
      while (unit + 1 < units.length && 1000 <= Math.abs(rest)) {
        rest /= 1000;
        unit++;
      }
      return `${Math.abs(rest) < 10 ? plain(rest, 1) : Math.round(rest)} ${units[unit]}`;
    }
    if (metric.contains !== "time") return plain(value, 6);
    const fixed = { s: [0.001, "s"], ms: [1, "ms"], us: [1000, "µs"] }[timeUnit];
    if (fixed) return `${(value * fixed[0]).toFixed(2)}${fixed[1]}`;
    if (value === 0) return "0s";
    if (value < 0.001) return `${Math.trunc(value * 1e6)}ns`;
    if (value < 1) return `${cut(value * 1000, 2)}µs`;
    if (value < 1000) return `${cut(value, 2)}ms`;
    const seconds = value / 1000;
    if (seconds < 60) return `${cut(seconds, 2)}s`;
    const minutes = Math.trunc(seconds / 60);
    const rest = `${Math.trunc(seconds % 60)}s`;
    return minutes < 60 ? `${minutes}m${rest}` : `${Math.trunc(minutes / 60)}h${minutes % 60}m${rest}`;
  },
});
