// The functions that scripts import from jslib's k6-utils.
//
// Random ones draw from Math.random alone, so that randomSeed() of "k6" repeats them.

import { check as checkNow } from "k6";
import exec from "k6/execution";

export function randomIntBetween(min, max) {
  return Math.floor(Math.random() * (max - min + 1) + min);
}

export function randomItem(items) {
  return items[Math.floor(Math.random() * items.length)];
}

export function randomString(length, charset = "abcdefghijklmnopqrstuvwxyz") {
  let text = "";
  for (let n = 0; n < length; n++) {
    text += charset[Math.floor(Math.random() * charset.length)];
  }
  return text;
}

function hex(bits) {
  const digits = bits / 4;
  return Math.floor(Math.random() * 2 ** bits)
    .toString(16)
    .padStart(digits, "0");
}

/** With an argument, such as the global crypto, the UUID cannot be guessed. */
export function uuidv4(secure) {
  if (secure) return crypto.randomUUID();
  const variant = "89ab"[Math.floor(Math.random() * 4)];
  return `${hex(32)}-${hex(16)}-4${hex(12)}-${variant}${hex(12)}-${hex(48)}`;
}

/** The text between two others: the first, or with `repeat` all. */
export function findBetween(content, left, right, repeat = false) {
  const found = [];
  let at = 0;
  for (;;) {
    const open = content.indexOf(left, at);
    if (open < 0) break;
    const start = open + left.length;
    const end = content.indexOf(right, start);
    if (end < 0) break;
    const text = content.substring(start, end);
    if (!repeat) return text;
    found.push(text);
    at = end + right.length;
  }
  return repeat ? found : null;
}

/**
 * Stages that follow a bell curve up to `maxVus`: `numberOfStages` on the curve, one without users
 * before and one after them.
 *
 * The ends of the stages lie on whole seconds, and all stages together last `durationSeconds`.
 */
export function normalDistributionStages(maxVus, durationSeconds, numberOfStages = 10) {
  const count = Math.max(1, Math.floor(numberOfStages)) + 2;
  const last = count - 1;
  const height = (n) => {
    // From three standard deviations before the middle to three after it.
    const x = (6 * n) / last - 3;
    return Math.exp((-x * x) / 2);
  };
  const highest = Math.max(height(Math.floor(last / 2)), height(Math.ceil(last / 2)));
  const second = (n) => Math.round((durationSeconds * n) / count);
  return Array.from({ length: count }, (_, n) => {
    const isEnd = n === 0 || n === last;
    const target = isEnd ? 0 : Math.round((maxVus * height(n)) / highest);
    return { duration: `${second(n + 1) - second(n)}s`, target };
  });
}

const UNITS_MS = { d: 86400000, h: 3600000, m: 60000, s: 1000, ms: 1, us: 0.001, "µs": 0.001, ns: 0.000001 };

/** The milliseconds of a duration such as "1m30s"; numbers are milliseconds already. */
function parseDuration(text) {
  if (typeof text === "number") return text;
  const plain = String(text).trim();
  if (plain !== "" && !Number.isNaN(Number(plain))) return Number(plain);
  let total = 0;
  let length = 0;
  for (const [whole, number, unit] of plain.matchAll(/(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)/g)) {
    total += Number(number) * UNITS_MS[unit];
    length += whole.length;
  }
  if (length === 0 || length !== plain.length) {
    throw new Error(`"${text}" is not a duration such as "1m30s"`);
  }
  return total;
}

function currentStages() {
  const scenario = exec.test.options.scenarios?.[exec.scenario.name];
  if (!scenario || !/^ramping-(vus|arrival-rate)$/.test(scenario.executor)) {
    throw new Error(
      "only the executors ramping-vus and ramping-arrival-rate have stages; the scenario " +
        `"${exec.scenario.name}" runs ${scenario ? scenario.executor : "another one"}`,
    );
  }
  if (!scenario.stages || scenario.stages.length === 0) {
    throw new Error(`the scenario "${exec.scenario.name}" has no stages`);
  }
  return scenario;
}

/** The number of the stage that runs, from 0; after the last one still the last. */
export function getCurrentStageIndex() {
  const { stages } = currentStages();
  const elapsed = Date.now() - exec.scenario.startTime;
  let end = 0;
  for (let n = 0; n < stages.length; n++) {
    end += parseDuration(stages[n].duration);
    if (elapsed < end) return n;
  }
  return stages.length - 1;
}

export function tagWithCurrentStageIndex() {
  exec.vu.metrics.tags["stage"] = String(getCurrentStageIndex());
}

/** Tags samples with stage_profile: ramp-up, steady or ramp-down. */
export function tagWithCurrentStageProfile() {
  const scenario = currentStages();
  const n = getCurrentStageIndex();
  const atStart = scenario.startVUs ?? scenario.startRate ?? (scenario.executor === "ramping-vus" ? 1 : 0);
  const before = n === 0 ? atStart : scenario.stages[n - 1].target;
  const target = scenario.stages[n].target;
  let profile = "steady";
  if (before < target) profile = "ramp-up";
  if (target < before) profile = "ramp-down";
  exec.vu.metrics.tags["stage_profile"] = profile;
}

/** As check() of "k6", but tests may be async: then it answers a promise. */
export function check(value, tests, tags) {
  const isLater = (thing) => typeof thing?.then === "function";
  const isAsync = (test) => isLater(test) || test?.constructor?.name === "AsyncFunction";
  if (!isLater(value) && !Object.values(tests).some(isAsync)) return checkNow(value, tests, tags);
  const settle = async () => {
    const actual = await value;
    const answers = {};
    for (const [name, test] of Object.entries(tests)) {
      answers[name] = await (typeof test === "function" ? test(actual) : test);
    }
    return checkNow(actual, answers, tags);
  };
  return settle();
}
