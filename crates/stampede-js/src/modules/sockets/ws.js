// k6/ws: one socket at a time, which the script waits for.

class Failure extends Error {
  #text;
  constructor(text, more) {
    super(text);
    this.#text = text;
    Object.assign(this, more);
    Object.defineProperty(this, "name", { value: "GoError", enumerable: false });
  }
  error() { return this.#text; }
  toString() { return this.#text; }
}

function timers(native) {
  const due = [];
  const add = (name, call, ms, repeats) => {
    if (typeof call !== "function") throw new TypeError(`${name} needs a function as its first argument`);
    const wait = Number(ms ?? 0);
    if (!(wait > 0)) native.fail(`${name} requires a >0 timeout parameter, received ${wait.toFixed(2)}`);
    if (due.length >= 10000) native.fail("a websocket can have at most 10000 timers at a time");
    due.push({ at: native.now() + wait, call, every: repeats ? wait : 0 });
  };
  const first = () => due.reduce((best, one) => (best && best.at <= one.at ? best : one), undefined);
  return {
    add,
    // How long until the next one is due; undefined without any.
    wait: () => { const one = first(); return one && Math.max(0, one.at - native.now()); },
    // Calls the one that is due first, if any is.
    fire: () => {
      const one = first();
      if (!one || one.at > native.now()) return false;
      if (one.every) one.at = native.now() + one.every;
      else due.splice(due.indexOf(one), 1);
      one.call();
      return true;
    },
  };
}

function session(native, handle) {
  const handlers = new Map();
  const clock = timers(native);
  let isOpen = true;
  const fire = (name, ...values) => { for (const handler of handlers.get(name) ?? []) handler(...values); };
  const fail = (text, more) => { if (text !== undefined) fire("error", new Failure(text, more)); };
  const close = (code) => {
    if (!isOpen) return;
    isOpen = false;
    fail(handle.close(code, ""));
    handle.end();
    fire("close", code);
  };
  const ended = (code, text, reason) => {
    isOpen = false;
    handle.end();
    fail(text, { code, text: reason });
    fire("close", code);
  };
  const received = ([kind, value, reason, text]) => {
    if (kind === "close") ended(value, text, reason);
    else if (kind === "fail") ended(1006, value, "unexpected EOF");
    else fire(kind, value);
  };
  const socket = {
    close: (code) => close(code === undefined ? 1001 : Math.trunc(Number(code)) || 0),
    on: (name, handler) => {
      if (typeof handler !== "function") return;
      const known = handlers.get(String(name));
      if (known) known.push(handler);
      else handlers.set(String(name), [handler]);
    },
    ping: () => fail(handle.ping()),
    send: (data) => fail(handle.send(data === undefined || data === null ? "" : String(data))),
    sendBinary: (data) => {
      if (data === undefined) native.fail("missing argument, expected ArrayBuffer");
      if (!(data instanceof ArrayBuffer)) {
        const kind = data === null ? "null" : data.constructor?.name ?? typeof data;
        native.fail(`expected ArrayBuffer as argument, received: ${kind}`);
      }
      fail(handle.send(data));
    },
    setInterval: (call, ms) => clock.add("setInterval", call, ms, true),
    setTimeout: (call, ms) => clock.add("setTimeout", call, ms, false),
  };
  const work = () => {
    fire("open");
    while (isOpen) {
      const wait = clock.fire() ? 0 : clock.wait();
      if (!isOpen) break;
      const event = handle.next(wait);
      if (event !== undefined) received(event);
    }
  };
  return { socket, work, close };
}

export function make(native) {
  const connect = (...given) => {
    if (given.length < 2) native.fail("invalid number of arguments to ws.connect");
    const [url] = given;
    const run = given.length === 2 ? given[1] : given[2];
    const params = given.length === 2 ? undefined : given[1];
    if (typeof run !== "function") native.fail("last argument to ws.connect must be a function");
    const [response, handle] = native.open(url, params);
    if (handle === undefined) return response;
    const { socket, work, close } = session(native, handle);
    try {
      run(socket);
      work();
    } catch (thrown) {
      close(1001);
      throw thrown;
    }
    return response;
  };
  return { connect };
}
