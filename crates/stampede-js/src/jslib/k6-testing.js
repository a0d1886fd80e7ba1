// expect() in Playwright's words, for values; a failed assertion ends the test run.

import exec from "k6/execution";

class AssertionError extends Error {
  constructor(message) {
    super(message);
    this.name = "AssertionFailedError";
  }
}

function shown(value) {
  if (typeof value === "function") return `[Function ${value.name}]`;
  if (value instanceof RegExp || typeof value === "bigint" || typeof value === "symbol") return String(value);
  const text = JSON.stringify(value);
  return text === undefined ? String(value) : text;
}

function equals(a, b, isStrict) {
  if (Object.is(a, b)) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof RegExp || b instanceof RegExp) return String(a) === String(b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (isStrict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if ((a instanceof Map && b instanceof Map) || (a instanceof Set && b instanceof Set)) {
    return equals([...a], [...b], isStrict);
  }
  const present = (object) => Object.keys(object).filter((key) => isStrict || object[key] !== undefined);
  const keys = present(a);
  return keys.length === present(b).length && keys.every((key) => key in b && equals(a[key], b[key], isStrict));
}

function at(value, path) {
  const steps = Array.isArray(path) ? path : (String(path).match(/[^.[\]]+/g) ?? []);
  let inner = value;
  for (const step of steps) {
    if (inner === null || inner === undefined || !(step in Object(inner))) return { isThere: false };
    inner = inner[step];
  }
  return { isThere: true, value: inner };
}

const TESTS = {
  toBe: (actual, expected) => Object.is(actual, expected),
  toBeCloseTo: (actual, expected, digits = 2) => Math.abs(expected - actual) < 10 ** -digits / 2,
  toBeDefined: (actual) => actual !== undefined,
  toBeFalsy: (actual) => !actual,
  toBeGreaterThan: (actual, expected) => actual > expected,
  toBeGreaterThanOrEqual: (actual, expected) => actual >= expected,
  toBeInstanceOf: (actual, expected) => actual instanceof expected,
  toBeLessThan: (actual, expected) => actual < expected,
  toBeLessThanOrEqual: (actual, expected) => actual <= expected,
  toBeNaN: (actual) => Number.isNaN(actual),
  toBeNull: (actual) => actual === null,
  toBeTruthy: (actual) => Boolean(actual),
  toBeUndefined: (actual) => actual === undefined,
  toContain: (actual, expected) => (typeof actual === "string" ? actual.includes(expected) : [...actual].includes(expected)),
  toContainEqual: (actual, expected) => [...actual].some((item) => equals(item, expected, false)),
  toEqual: (actual, expected) => equals(actual, expected, false),
  toHaveLength: (actual, expected) => actual?.length === expected,
  toHaveProperty: (actual, path, ...expected) => {
    const found = at(actual, path);
    return found.isThere && (expected.length === 0 || equals(found.value, expected[0], false));
  },
  toMatch: (actual, expected) => (expected instanceof RegExp ? expected.test(actual) : String(actual).includes(expected)),
  toStrictEqual: (actual, expected) => equals(actual, expected, true),
};

/** Waits for elements of a page in a browser, which this program does not have. */
const RETRYING = (
  "toBeChecked toBeDisabled toBeEditable toBeEmpty toBeEnabled toBeHidden toBeVisible toHaveAttribute toHaveText " +
  "toContainText toHaveValue toHaveTitle"
).split(" ");

function build(settings) {
  const make = (actual, message, isSoft, isNot) => {
    const expectation = {};
    for (const [name, holds] of Object.entries(TESTS)) {
      expectation[name] = (...given) => {
        if (Boolean(holds(actual, ...given)) !== isNot) return;
        const told =
          message ?? `expect(${shown(actual)})${isNot ? ".not" : ""}.${name}(${given.map(shown).join(", ")}) failed`;
        if (!isSoft) {
          console.error(told);
          exec.test.abort(told);
        }
        if (settings.softMode === "throw") throw new AssertionError(told);
        console.error(told);
        exec.test.fail(told);
      };
    }
    for (const name of RETRYING) {
      expectation[name] = () => {
        throw new Error(`expect().${name}() needs k6/browser, which is not supported`);
      };
    }
    if (!isNot) {
      Object.defineProperty(expectation, "not", { get: () => make(actual, message, isSoft, true) });
    }
    return expectation;
  };
  const expect = (actual, message) => make(actual, message, settings.soft === true, false);
  expect.soft = (actual, message) => make(actual, message, true, false);
  expect.configure = (more) => build({ ...settings, ...more });
  return expect;
}

export const expect = build({ softMode: "fail" });

export default { expect };
