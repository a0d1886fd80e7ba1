// k6/websockets: sockets that live in the event loop.

const types = ["message", "error", "open", "close", "ping", "pong"];
const CONNECTING = 0, OPEN = 1, CLOSING = 2, CLOSED = 3;

function blobs(native) {
  let peek;
  class Blob {
    #bytes;
    static { peek = (value) => (typeof value === "object" && value !== null && #bytes in value ? value.#bytes : undefined); }
    constructor(parts, options) {
      if (parts !== undefined && !Array.isArray(parts)) native.fail("failed to process [blobParts]: they are a list");
      const pieces = (parts ?? []).map((part) => {
        const bytes = peek(part) ?? native.bytes(part);
        if (bytes === undefined) native.fail(`failed to process [blobParts]: unsupported type: ${part === null ? "null" : typeof part}`);
        return bytes;
      });
      const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) { bytes.set(piece, at); at += piece.length; }
      this.#bytes = bytes;
      this.size = bytes.length;
      this.type = String(options?.type ?? "");
      this.arrayBuffer = async () => bytes.slice().buffer;
      this.bytes = async () => bytes.slice();
      this.slice = (start, end, type) => new Blob([bytes.slice(start, end)], { type: type ?? "" });
      this.text = async () => native.text(bytes);
      this.stream = () => native.fail("Blob.stream() is not supported; read it by arrayBuffer(), bytes() or text()");
    }
    toString() { return "[object Blob]"; }
  }
  return { Blob, peek };
}

function checked(native, url) {
  const text = String(url);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1].toLowerCase() ?? "";
  if (scheme !== "ws" && scheme !== "wss") native.fail(`WebSocket requires url with scheme ws or wss, but got "${scheme}"`);
  const hash = text.indexOf("#");
  if (hash >= 0) native.fail(`WebSocket requires no url fragment, but got "${text.slice(hash + 1)}"`);
  return text;
}

// The listeners of one socket, by type.
function listeners(native, socket) {
  const added = Object.fromEntries(types.map((type) => [type, []]));
  const own = {};
  const nothing = () => undefined;
  for (const type of types) {
    Object.defineProperty(socket, `on${type}`, {
      enumerable: true,
      configurable: true,
      get: () => own[type] ?? nothing,
      set: (handler) => {
        if (handler !== null && handler !== undefined && typeof handler !== "function") native.fail(`a value for 'on${type}' should be callable`);
        own[type] = handler ?? undefined;
      },
    });
  }
  return {
    add: (type, handler) => {
      if (typeof handler !== "function") native.fail(`handler for event type "${type ?? ""}" isn't a callable function`);
      if (!Object.hasOwn(added, type)) native.warn(`can't add event handler: unknown event type: ${type}`);
      else added[type].push(handler);
    },
    fire: (type, more) => {
      const event = { type, target: socket, timestamp: Date.now(), ...more };
      own[type]?.call(socket, event);
      for (const handler of [...added[type]]) handler.call(socket, event);
    },
  };
}

export function make(native) {
  const { Blob, peek } = blobs(native);

  function WebSocket(...given) {
    if (given.length === 0) native.fail("WebSocket requires a url");
    const url = checked(native, given[0]);
    const socket = {};
    let handle;
    let events;
    let state = CONNECTING;
    let protocol = "";
    let binaryType = "blob";
    // A close that was asked for before the connection was there.
    let early;

    const ended = (more, text) => {
      if (state === CLOSED) return;
      state = CLOSED;
      handle?.end();
      if (text !== undefined) events.fire("error", { error: text });
      events.fire("close", more);
    };
    // What a handler throws ends the socket, then the iteration.
    const guarded = (run) => {
      try {
        run();
      } catch (thrown) {
        try { ended({ code: 1006, reason: "" }, String(thrown)); } catch { /* the first one counts */ }
        throw thrown;
      }
    };
    const message = (data) => events.fire("message", { data, origin: url });
    const received = ([kind, value, reason, text]) => guarded(() => {
      if (kind === "message") message(value);
      else if (kind === "binaryMessage") message(binaryType === "arraybuffer" ? value : new Blob([value]));
      else if (kind === "close") ended({ code: value, reason }, text);
      else if (kind === "fail") ended({ code: 1006, reason: value.endsWith("unexpected EOF") ? "unexpected EOF" : value }, value);
      else events.fire(kind);
    });
    const ready = (opened, text) => guarded(() => {
      if (opened === undefined) return ended({ reason: "" }, text);
      handle = opened;
      protocol = text;
      if (early) handle.close(early.code, early.reason);
      else {
        state = OPEN;
        events.fire("open");
      }
      if (state !== CLOSED) handle.listen(received);
    });
    const onlyOpen = () => { if (state !== OPEN) native.fail("InvalidStateError"); };

    socket.addEventListener = (type, handler) => events.add(type, handler);
    socket.send = (data) => {
      onlyOpen();
      const bytes = typeof data === "string" ? data : peek(data) ?? (data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data : undefined);
      if (bytes === undefined) native.fail(`unsupported send type ${data === null ? "null" : typeof data}; a string, an ArrayBuffer, a view of one or a Blob can be sent`);
      handle.send(bytes);
    };
    socket.ping = () => { onlyOpen(); handle.ping(); };
    socket.close = (given, why) => {
      const code = Math.trunc(Number(given ?? 0)) || 1000;
      const reason = why === undefined ? "" : String(why);
      if (code !== 1000 && !(code >= 3000 && code <= 4999)) native.fail(`InvalidAccessError: Failed to execute 'close' on 'WebSocket': The close code must be either 1000, or between 3000 and 4999. ${code} is neither`);
      if (native.bytes(reason).length > 123) native.fail("SyntaxError: the reason of a close has at most 123 bytes");
      if (state >= CLOSING) return;
      state = CLOSING;
      if (handle) handle.close(code, reason);
      else early = { code, reason };
    };
    const readable = (name, get, set) => Object.defineProperty(socket, name, { enumerable: true, configurable: true, get, set });
    readable("url", () => url);
    readable("readyState", () => state);
    readable("bufferedAmount", () => handle?.queued() ?? 0);
    readable("extensions", () => []);
    readable("protocol", () => protocol);
    readable("binaryType", () => binaryType, (kind) => {
      if (kind !== "blob" && kind !== "arraybuffer") native.fail(`unknown binaryType ${kind}, the supported ones are "blob" and "arraybuffer"`);
      binaryType = kind;
    });
    events = listeners(native, socket);
    native.dial(url, given[1] ?? undefined, given[2] ?? undefined, ready);
    return socket;
  }

  return { Blob, WebSocket };
}
