// URL and URLSearchParams, as browsers have them.
//
// Host names are not converted to punycode: one with other than ASCII letters is refused.

const DEFAULT_PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21" };

const CONTROL = "\\x00-\\x1f\\x7f-\\uffff";
const IN_FRAGMENT = new RegExp(`[${CONTROL} "<>\`]`, "gu");
const IN_QUERY = new RegExp(`[${CONTROL} "#<>]`, "gu");
const IN_SPECIAL_QUERY = new RegExp(`[${CONTROL} "#<>']`, "gu");
const IN_PATH = new RegExp(`[${CONTROL} "#<>?\`{}^]`, "gu");
const IN_USER = new RegExp(`[${CONTROL} "#<>?\`{}/:;=@[\\\\\\]^|]`, "gu");

function escaped(text, unsafe) {
  const whole = text.toWellFormed ? text.toWellFormed() : text;
  return whole.replace(unsafe, (char) => {
    const bytes = new TextEncoder().encode(char);
    return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

function formEscaped(text) {
  return encodeURIComponent(text)
    .replace(/%20/g, "+")
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function formUnescaped(text) {
  const spaced = text.replace(/\+/g, " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(parseInt(code.slice(1), 16)));
  }
}

export class URLSearchParams {
  #list = [];
  #changed;

  constructor(init = "") {
    if (init !== null && typeof init === "object") {
      const pairs = typeof init[Symbol.iterator] === "function" ? init : Object.entries(init);
      for (const pair of pairs) {
        const [name, value, ...more] = pair;
        if (value === undefined || more.length !== 0) {
          throw new TypeError("URLSearchParams: every pair needs a name and a value");
        }
        this.#list.push([String(name), String(value)]);
      }
    } else {
      this.#read(String(init));
    }
  }

  #read(text) {
    const query = text.startsWith("?") ? text.slice(1) : text;
    this.#list = query
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => {
        const at = pair.indexOf("=");
        const cut = at < 0 ? pair.length : at;
        return [formUnescaped(pair.slice(0, cut)), formUnescaped(pair.slice(cut + 1))];
      });
  }

  /** For URL: reads another query, and hears of changes. */
  static watch(query, changed) {
    const params = new URLSearchParams(query);
    params.#changed = changed;
    return params;
  }

  static reread(params, query) {
    params.#read(query);
  }

  #tell() {
    this.#changed?.(this.toString());
  }

  get size() {
    return this.#list.length;
  }

  append(name, value) {
    this.#list.push([String(name), String(value)]);
    this.#tell();
  }

  delete(name, value) {
    const goes = ([key, is]) => key === String(name) && (value === undefined || is === String(value));
    this.#list = this.#list.filter((pair) => !goes(pair));
    this.#tell();
  }

  get(name) {
    return this.#list.find(([key]) => key === String(name))?.[1] ?? null;
  }

  getAll(name) {
    return this.#list.filter(([key]) => key === String(name)).map(([, value]) => value);
  }

  has(name, value) {
    return this.#list.some(([key, is]) => key === String(name) && (value === undefined || is === String(value)));
  }

  set(name, value) {
    const first = this.#list.find(([key]) => key === String(name));
    if (first) {
      first[1] = String(value);
      this.#list = this.#list.filter((pair) => pair === first || pair[0] !== String(name));
    } else {
      this.#list.push([String(name), String(value)]);
    }
    this.#tell();
  }

  sort() {
    this.#list.sort(([a], [b]) => (a < b ? -1 : Number(b < a)));
    this.#tell();
  }

  forEach(call, self) {
    for (const [name, value] of this.#list) call.call(self, value, name, this);
  }

  *entries() {
    for (const [name, value] of this.#list) yield [name, value];
  }

  *keys() {
    for (const [name] of this.#list) yield name;
  }

  *values() {
    for (const [, value] of this.#list) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  toString() {
    return this.#list.map(([name, value]) => `${formEscaped(name)}=${formEscaped(value)}`).join("&");
  }
}

function invalid(address) {
  return new TypeError(`Invalid URL: ${address}`);
}

function parseHost(text, isSpecial, address) {
  if (text.startsWith("[")) {
    if (!/^\[[0-9a-f:.]+\]$/i.test(text)) throw invalid(address);
    return text.toLowerCase();
  }
  const host = isSpecial ? formUnescaped(text.replace(/\+/g, "%2B")).toLowerCase() : text;
  if (isSpecial && (host === "" || !/^[a-z0-9._~!$&'()*,;=-]+$/.test(host))) throw invalid(address);
  if (/[\s#/:<>?@[\\\]^|]/.test(host)) throw invalid(address);
  return host;
}

/** Resolves "." and ".." in the segments of a path. */
function normalised(path) {
  const segments = path.split("/").slice(1);
  const kept = [];
  segments.forEach((segment, n) => {
    const plain = segment.replace(/%2e/gi, ".");
    const isLast = n === segments.length - 1;
    if (plain === "..") kept.pop();
    if (plain === "." || plain === "..") {
      if (isLast) kept.push("");
    } else {
      kept.push(segment);
    }
  });
  return `/${kept.join("/")}`;
}

/** The parts of an address; relative ones are taken from `base`. */
function split(address, base) {
  const text = String(address).trim().replace(/[\t\n\r]/g, "");
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0].toLowerCase();
  const isRelative = !scheme || (base && scheme === base.protocol && scheme in DEFAULT_PORTS && !/^[^:]+:[/\\]/.test(text));
  if (isRelative && !base) throw invalid(address);
  const protocol = isRelative ? base.protocol : scheme;
  const isSpecial = protocol in DEFAULT_PORTS;
  let rest = scheme ? text.slice(scheme.length) : text;
  const cut = (mark) => {
    const at = rest.indexOf(mark);
    if (at < 0) return undefined;
    const part = rest.slice(at + 1);
    rest = rest.slice(0, at);
    return part;
  };
  const fragment = cut("#");
  const query = cut("?");
  if (isSpecial) rest = rest.replace(/\\/g, "/");
  const parts = { protocol, username: "", password: "", hostname: "", port: "", pathname: "", search: "", hash: "" };
  if (fragment) parts.hash = `#${escaped(fragment, IN_FRAGMENT)}`;
  if (query) parts.search = `?${escaped(query, isSpecial ? IN_SPECIAL_QUERY : IN_QUERY)}`;
  if (isSpecial && !isRelative) rest = `//${rest.replace(/^\/*/, "")}`;
  if (rest.startsWith("//")) {
    authority(parts, rest, isSpecial, address);
  } else if (isRelative) {
    const { username, password, hostname, port } = base;
    Object.assign(parts, { username, password, hostname, port });
    if (rest === "") {
      parts.pathname = base.pathname;
      if (query === undefined) parts.search = base.search;
    } else {
      const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1) || "/";
      parts.pathname = normalised(escaped(rest.startsWith("/") ? rest : folder + rest, IN_PATH));
    }
  } else {
    parts.pathname = rest.startsWith("/") ? normalised(escaped(rest, IN_PATH)) : rest;
  }
  return parts;
}

function authority(parts, rest, isSpecial, address) {
  const slash = rest.indexOf("/", 2);
  const end = slash < 0 ? rest.length : slash;
  let host = rest.slice(2, end);
  const at = host.lastIndexOf("@");
  if (0 <= at) {
    const user = host.slice(0, at);
    const colon = user.indexOf(":");
    const nameEnd = colon < 0 ? user.length : colon;
    parts.username = escaped(user.slice(0, nameEnd), IN_USER);
    parts.password = escaped(user.slice(nameEnd + 1), IN_USER);
    host = host.slice(at + 1);
  }
  const port = /:(\d*)$/.exec(host);
  if (port) {
    host = host.slice(0, port.index);
    if (65535 < Number(port[1])) throw invalid(address);
    parts.port = port[1] === "" ? "" : String(Number(port[1]));
    if (parts.port === DEFAULT_PORTS[parts.protocol]) parts.port = "";
  }
  parts.hostname = parseHost(host, isSpecial, address);
  const path = rest.slice(end);
  parts.pathname = path === "" && !isSpecial ? "" : normalised(escaped(path || "/", IN_PATH));
}

export class URL {
  #parts;
  #params;

  constructor(address, base) {
    this.#parts = split(address, base === undefined ? undefined : split(base));
    this.#params = URLSearchParams.watch(this.#parts.search, (query) => {
      this.#parts.search = query === "" ? "" : `?${query}`;
    });
  }

  static canParse(address, base) {
    try {
      return Boolean(new URL(address, base));
    } catch {
      return false;
    }
  }

  get #isSpecial() {
    return this.#parts.protocol in DEFAULT_PORTS;
  }

  get href() {
    const { protocol, username, password, pathname, search, hash } = this.#parts;
    const user = username || password ? `${username}${password ? `:${password}` : ""}@` : "";
    const host = this.host || this.#isSpecial || protocol === "file:" ? `//${user}${this.host}` : "";
    return protocol + host + pathname + search + hash;
  }

  set href(address) {
    this.#parts = split(address);
    URLSearchParams.reread(this.#params, this.#parts.search);
  }

  get origin() {
    return this.#isSpecial ? `${this.#parts.protocol}//${this.host}` : "null";
  }

  get protocol() {
    return this.#parts.protocol;
  }

  set protocol(text) {
    const scheme = /^[a-z][a-z0-9+.-]*/i.exec(text)?.[0].toLowerCase();
    if (!scheme || `${scheme}:` in DEFAULT_PORTS !== this.#isSpecial) return;
    this.#parts.protocol = `${scheme}:`;
    if (this.#parts.port === DEFAULT_PORTS[this.#parts.protocol]) this.#parts.port = "";
  }

  get username() {
    return this.#parts.username;
  }

  set username(text) {
    this.#parts.username = escaped(String(text), IN_USER);
  }

  get password() {
    return this.#parts.password;
  }

  set password(text) {
    this.#parts.password = escaped(String(text), IN_USER);
  }

  get host() {
    const { hostname, port } = this.#parts;
    return port === "" ? hostname : `${hostname}:${port}`;
  }

  set host(text) {
    const port = /:(\d+)$/.exec(text);
    this.hostname = port ? text.slice(0, port.index) : text;
    if (port) this.port = port[1];
  }

  get hostname() {
    return this.#parts.hostname;
  }

  set hostname(text) {
    this.#parts.hostname = parseHost(String(text), this.#isSpecial, text);
  }

  get port() {
    return this.#parts.port;
  }

  set port(text) {
    const port = /^\d*/.exec(String(text))[0];
    if (65535 < Number(port)) return;
    const isDefault = port === DEFAULT_PORTS[this.#parts.protocol];
    this.#parts.port = port === "" || isDefault ? "" : String(Number(port));
  }

  get pathname() {
    return this.#parts.pathname;
  }

  set pathname(text) {
    const path = String(text);
    this.#parts.pathname = normalised(escaped(path.startsWith("/") ? path : `/${path}`, IN_PATH));
  }

  get search() {
    return this.#parts.search;
  }

  set search(text) {
    const query = String(text).replace(/^\?/, "");
    const unsafe = this.#isSpecial ? IN_SPECIAL_QUERY : IN_QUERY;
    this.#parts.search = query === "" ? "" : `?${escaped(query, unsafe)}`;
    URLSearchParams.reread(this.#params, this.#parts.search);
  }

  get searchParams() {
    return this.#params;
  }

  get hash() {
    return this.#parts.hash;
  }

  set hash(text) {
    const fragment = String(text).replace(/^#/, "");
    this.#parts.hash = fragment === "" ? "" : `#${escaped(fragment, IN_FRAGMENT)}`;
  }

  toString() {
    return this.href;
  }

  toJSON() {
    return this.href;
  }
}

export default { URL, URLSearchParams };
