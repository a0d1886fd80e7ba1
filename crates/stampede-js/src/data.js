// Makes the replacer of JSON.stringify for the data of setup, or for exported options.
(function (isData) {
  const origin = new WeakMap(), parent = new WeakMap();
  return function (key, value) {
    const given = this[key];
    if (typeof given?.toJSON === 'function' && Object.hasOwn(given, 'toJSON')) value = given.toJSON;
    if (value === undefined) return isData ? null : undefined;
    if (typeof value === 'function') throw new TypeError('a function is no data');
    if (typeof value === 'bigint') value = Number(value);
    if (typeof value === 'symbol') return value.description ?? '';
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new TypeError(value + ' is no data');
    }
    if (given instanceof Date) return value && value.replace(/\.?0+Z$/, 'Z');
    if (value instanceof Map || value instanceof Set) return [...value];
    if (!isData || value === null || typeof value !== 'object') return value;
    if ([Number, String, Boolean].some((boxed) => value instanceof boxed)) return value.valueOf();
    for (let above = this; above; above = parent.get(above)) {
      if (origin.get(above) === value) throw new TypeError('circular reference');
    }
    let shown = value;
    if (!Array.isArray(value)) {
      const entries = Object.entries(value);
      shown = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    origin.set(shown, value);
    parent.set(shown, this);
    return shown;
  };
})
