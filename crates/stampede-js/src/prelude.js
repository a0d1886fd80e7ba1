(function (global, setEnv, hasGlobal) {
  class GoError extends Error {}
  Object.defineProperty(GoError.prototype, "name", { value: "GoError", writable: true, configurable: true });
  Object.defineProperty(global, "GoError", { value: GoError, writable: true, configurable: true });
  // k6 has none of these, and takes less memory for it.
  for (const name of ["queueMicrotask", "navigator", "AsyncDisposableStack", "Atomics", "DisposableStack", "Float16Array", "Iterator", "SharedArrayBuffer", "SuppressedError"]) delete global[name];
  for (const name of ["module", "exports"]) {
    const get = () => { throw new GoError(`"${name}" belongs to CommonJS and this is an ECMAScript module: a file has either import and export or require and module.exports, not both`); };
    const set = (value) => Object.defineProperty(global, name, { value, writable: true, configurable: true });
    Object.defineProperty(global, name, { get, set, configurable: true });
  }
  const env = {};
  const text = (key, value) => { env[key] = String(value); return true; };
  const proxy = new Proxy(env, { set: (_, key, value) => text(key, value), defineProperty: (_, key, descriptor) => text(key, descriptor.value) });
  setEnv(env);
  Object.defineProperty(global, "__ENV", { value: proxy, writable: true, enumerable: true, configurable: true });
  if (hasGlobal) Object.defineProperty(global, "global", { value: global, writable: true, configurable: true });
  return GoError.prototype;
})
