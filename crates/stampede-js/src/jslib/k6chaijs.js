// describe() and expect() in Chai's words; every assertion is also a check.

import { check, group } from "k6";

const config = {
  /** Longest name of a check. */
  truncateMsgThreshold: 300,
  /** Longest value in a message. */
  truncateVariableThreshold: 100,
  /** Whether checks are named without the actual values, so that they add up. */
  aggregateChecks: true,
  /** Whether failures are logged. */
  logFailures: false,
};

export class AssertionError extends Error {
  constructor(message, actual, expected) {
    super(message);
    this.name = "AssertionError";
    this.actual = actual;
    this.expected = expected;
  }
}

function shown(value) {
  let text;
  if (typeof value === "string") text = `'${value}'`;
  else if (typeof value === "function") text = `[Function${value.name ? `: ${value.name}` : ""}]`;
  else if (value instanceof Error || value instanceof RegExp || typeof value !== "object") text = String(value);
  else {
    try {
      text = JSON.stringify(value);
    } catch {
      text = String(value);
    }
  }
  const limit = config.truncateVariableThreshold;
  return text.length <= limit ? text : `${text.slice(0, limit)}...`;
}

function kindOf(value) {
  if (value === null) return "null";
  return Object.prototype.toString.call(value).slice(8, -1).toLowerCase();
}

function deepEqual(a, b) {
  if (Object.is(a, b)) return true;
  if (kindOf(a) !== kindOf(b) || a === null || typeof a !== "object") return false;
  if (a instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Map || a instanceof Set) return deepEqual([...a], [...b]);
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.prototype.hasOwnProperty.call(b, key) && deepEqual(a[key], b[key]))
  );
}

function sizeOf(value) {
  return value instanceof Map || value instanceof Set ? value.size : value?.length;
}

function at(value, path) {
  const steps = path.match(/[^.[\]]+/g) ?? [];
  return steps.reduce((inner, step) => (inner === undefined || inner === null ? undefined : inner[step]), value);
}

/** Words that only make a sentence. */
const WORDS = "to be been is that which and has have with at of same but does still also an a".split(" ");

/** Words that change what follows. */
const FLAGS = ["not", "deep", "nested", "own", "any", "all", "ordered"];

class Assertion {
  constructor(actual, label, flags = {}) {
    this.actual = actual;
    this.label = label;
    this.flags = flags;
  }

  with(change) {
    return wrap(new Assertion(this.actual, this.label, { ...this.flags, ...change }));
  }

  /** Judges, counts the check, and throws if it failed; `told` says what was expected. */
  judge(holds, told, expected) {
    const isPassed = Boolean(holds) !== Boolean(this.flags.not);
    const not = this.flags.not ? "not " : "";
    const full = `${this.label ? `${this.label}: ` : ""}expected ${shown(this.actual)} ${not}${told}`;
    const anonymous = this.label ? `expected ${this.label} ${not}${told}` : full;
    const name = (config.aggregateChecks ? anonymous : full).slice(0, config.truncateMsgThreshold);
    check(null, { [name.replaceAll("::", ":")]: () => isPassed });
    if (!isPassed) throw new AssertionError(full, this.actual, expected);
    return wrap(this);
  }

  /** What is compared with a bound: the value, or its length after lengthOf. */
  measured() {
    return this.flags.length ? sizeOf(this.actual) : this.actual;
  }

  bound(holds, words, limit) {
    const what = this.flags.length ? `to have a length ${words} ${shown(limit)}` : `to be ${words} ${shown(limit)}`;
    return this.judge(holds, what, limit);
  }

  equal(expected) {
    if (this.flags.deep) return this.eql(expected);
    return this.judge(this.actual === expected, `to equal ${shown(expected)}`, expected);
  }

  eql(expected) {
    return this.judge(deepEqual(this.actual, expected), `to deeply equal ${shown(expected)}`, expected);
  }

  above(limit) {
    return this.bound(limit < this.measured(), "above", limit);
  }

  least(limit) {
    return this.bound(limit <= this.measured(), "at least", limit);
  }

  below(limit) {
    return this.bound(this.measured() < limit, "below", limit);
  }

  most(limit) {
    return this.bound(this.measured() <= limit, "at most", limit);
  }

  within(low, high) {
    const value = this.measured();
    return this.bound(low <= value && value <= high, "within", `${low}..${high}`);
  }

  closeTo(expected, delta) {
    const holds = Math.abs(this.actual - expected) <= delta;
    return this.judge(holds, `to be close to ${expected} +/- ${delta}`, expected);
  }

  lengthOf(expected) {
    return this.judge(sizeOf(this.actual) === expected, `to have a length of ${expected}`, expected);
  }

  include(expected) {
    const { actual } = this;
    const same = (a, b) => (this.flags.deep ? deepEqual(a, b) : a === b);
    let holds;
    if (typeof actual === "string") holds = actual.includes(expected);
    else if (Array.isArray(actual) || actual instanceof Set) holds = [...actual].some((item) => same(item, expected));
    else if (actual instanceof Map) holds = [...actual.values()].some((item) => same(item, expected));
    else holds = actual && Object.keys(expected).every((key) => same(actual[key], expected[key]));
    return this.judge(holds, `to include ${shown(expected)}`, expected);
  }

  property(name, ...value) {
    const { actual, flags } = this;
    const found = flags.nested ? at(actual, name) : actual?.[name];
    const isOwn = actual !== null && actual !== undefined && Object.prototype.hasOwnProperty.call(actual, name);
    const has = flags.own ? isOwn : found !== undefined || isOwn;
    const same = flags.deep ? deepEqual : (a, b) => a === b;
    const holds = has && (value.length === 0 || same(found, value[0]));
    const told = value.length === 0 ? "" : ` of ${shown(value[0])}`;
    this.judge(holds, `to have property ${shown(name)}${told}`, value[0]);
    return flags.not ? wrap(this) : wrap(new Assertion(found, this.label));
  }

  keys(...names) {
    const wanted = names.flat().flatMap((name) => (kindOf(name) === "object" ? Object.keys(name) : [name]));
    const own = this.actual instanceof Map ? [...this.actual.keys()] : Object.keys(this.actual ?? {});
    const has = (name) => own.includes(name);
    const isExact = own.length === wanted.length || this.flags.contains;
    const holds = this.flags.any ? wanted.some(has) : wanted.every(has) && isExact;
    return this.judge(holds, `to have ${this.flags.any ? "any" : "all"} keys ${shown(wanted)}`, wanted);
  }

  members(expected) {
    const rest = Array.isArray(this.actual) ? [...this.actual] : [];
    const same = this.flags.deep ? deepEqual : (a, b) => a === b;
    const takes = (item) => {
      const n = rest.findIndex((other) => same(other, item));
      if (0 <= n) rest.splice(n, 1);
      return 0 <= n;
    };
    const inOrder = () => expected.every((item, n) => same(this.actual[n], item)) && this.actual.length === expected.length;
    const holds = this.flags.ordered ? inOrder() : expected.every(takes) && (this.flags.contains || rest.length === 0);
    return this.judge(holds, `to have members ${shown(expected)}`, expected);
  }

  oneOf(list) {
    const same = this.flags.deep ? deepEqual : (a, b) => a === b;
    return this.judge(list.some((item) => same(item, this.actual)), `to be one of ${shown(list)}`, list);
  }

  match(pattern) {
    return this.judge(pattern.test(this.actual), `to match ${pattern}`, pattern);
  }

  string(part) {
    const holds = typeof this.actual === "string" && this.actual.includes(part);
    return this.judge(holds, `to contain ${shown(part)}`, part);
  }

  a(kind) {
    const holds = kindOf(this.actual) === String(kind).toLowerCase();
    return this.judge(holds, `to be ${/^[aeiou]/i.test(kind) ? "an" : "a"} ${kind}`, kind);
  }

  instanceof(type) {
    return this.judge(this.actual instanceof type, `to be an instance of ${type.name}`, type);
  }

  respondTo(name) {
    return this.judge(typeof this.actual?.[name] === "function", `to respond to ${shown(name)}`, name);
  }

  satisfy(test) {
    return this.judge(test(this.actual), `to satisfy ${shown(test)}`, test);
  }

  throw(expected, pattern) {
    let thrown;
    try {
      this.actual();
    } catch (error) {
      thrown = { error };
    }
    const text = String(thrown?.error?.message ?? thrown?.error);
    const fits = (what) => {
      if (what === undefined) return true;
      if (typeof what === "string") return text.includes(what);
      if (what instanceof RegExp) return what.test(text);
      return typeof what === "function" ? thrown.error instanceof what : thrown.error === what;
    };
    const told = expected === undefined ? "an error" : shown(expected?.name ?? expected);
    return this.judge(thrown && fits(expected) && fits(pattern), `to throw ${told}`, expected);
  }

  validJsonBody() {
    let isJson = true;
    try {
      JSON.parse(this.actual.body);
    } catch {
      isJson = false;
    }
    const told = "to have a valid json body";
    const named = this.label ? this : new Assertion(this.actual, "response", this.flags);
    return named.judge(isJson, told);
  }
}

/** Assertions that are made by naming them. */
const PROPERTIES = {
  ok: ["to be truthy", (value) => Boolean(value)],
  true: ["to be true", (value) => value === true],
  false: ["to be false", (value) => value === false],
  null: ["to be null", (value) => value === null],
  undefined: ["to be undefined", (value) => value === undefined],
  NaN: ["to be NaN", (value) => Number.isNaN(value)],
  exist: ["to exist", (value) => value !== null && value !== undefined],
  finite: ["to be a finite number", (value) => Number.isFinite(value)],
  empty: ["to be empty", (value) => (sizeOf(value) ?? Object.keys(value ?? {}).length) === 0],
};

const ALIASES = {
  eq: "equal", equals: "equal", eqls: "eql", gt: "above", greaterThan: "above", gte: "least",
  greaterThanOrEqual: "least", lt: "below", lessThan: "below", lte: "most", lessThanOrEqual: "most",
  approximately: "closeTo", an: "a", includes: "include", contain: "include", contains: "include",
  matches: "match", instanceOf: "instanceof", Throw: "throw", throws: "throw", key: "keys",
  satisfies: "satisfy", respondsTo: "respondTo",
};

const READ = {
  get(assertion, name) {
    if (typeof name !== "string") return assertion[name];
    if (name in PROPERTIES) {
      const [told, holds] = PROPERTIES[name];
      return assertion.judge(holds(assertion.actual), told);
    }
    if (FLAGS.includes(name)) return assertion.with({ [name]: true });
    const method = ALIASES[name] ?? name;
    const isMethod = typeof Assertion.prototype[method] === "function" && method !== "with";
    if (isMethod) return callable(assertion, method);
    if (WORDS.includes(name)) return assertion.with({});
    if (name === "length") return callable(assertion, "lengthOf");
    if (name in assertion || name === "then") return assertion[name];
    throw new Error(
      `expect(): "${name}" is not known; known are ${[...Object.keys(PROPERTIES), ...FLAGS, ...METHODS].join(", ")}`,
    );
  },
};

const METHODS = Object.getOwnPropertyNames(Assertion.prototype).filter(
  (name) => !["constructor", "with", "judge", "measured", "bound"].includes(name),
);

/** A method that is also a word: `to.be.a("string")` and `to.have.lengthOf.at.least(1)`. */
function callable(assertion, method) {
  const call = (...given) => {
    const last = given.at(-1);
    const takesLabel = typeof last === "string" && Assertion.prototype[method].length < given.length;
    const own = takesLabel && method !== "property" && method !== "keys" ? given.slice(0, -1) : given;
    const labelled = own === given ? assertion : new Assertion(assertion.actual, last, assertion.flags);
    return labelled[method](...own);
  };
  const flags = {
    lengthOf: { length: true },
    include: { contains: true },
  }[method];
  return new Proxy(call, {
    get(_, name) {
      if (["judge", "actual", "label", "flags"].includes(name)) return assertion[name];
      return assertion.with(flags ?? {})[name];
    },
  });
}

function wrap(assertion) {
  return new Proxy(assertion, READ);
}

export function expect(actual, label) {
  return wrap(new Assertion(actual, label));
}

expect.fail = (message = "expect.fail()") => {
  throw new AssertionError(message);
};

/** Runs assertions as a group; the first that fails ends it. Answers whether none did. */
export function describe(name, body) {
  let isPassed = true;
  group(name, () => {
    try {
      body();
    } catch (error) {
      isPassed = false;
      if (error instanceof AssertionError) {
        if (config.logFailures) console.warn(error.message);
      } else {
        console.error(`Exception raised in "${name}". Failing the test and continuing.`, String(error?.stack ?? error));
        check(null, { [`Exception raised "${String(error).replaceAll("::", ":")}"`]: () => false });
      }
    }
  });
  return isPassed;
}

export default { expect, describe, config, AssertionError };
