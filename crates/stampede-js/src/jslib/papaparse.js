// Papa Parse's calls on strings: parse and unparse.

const DELIMITERS = [",", "\t", "|", ";", "\x1e", "\x1f"];
const BYTE_ORDER_MARK = "\ufeff";

/** Where a row of a text is. */
class Reader {
  constructor(text, settings) {
    this.text = text;
    this.at = 0;
    this.settings = settings;
    this.errors = [];
    this.rows = 0;
    this.isDone = text === "";
  }

  /** The next row; undefined at the end. Comments are skipped; a last line break starts a row. */
  row() {
    const { comments, newline } = this.settings;
    while (comments && !this.isDone && this.text.startsWith(comments, this.at)) {
      const end = this.text.indexOf(newline, this.at);
      this.isDone = end < 0;
      this.at = end + newline.length;
    }
    if (this.isDone) return undefined;
    const fields = [];
    for (;;) {
      fields.push(this.field());
      if (this.text.startsWith(this.settings.delimiter, this.at) && this.at < this.text.length) {
        this.at += this.settings.delimiter.length;
        continue;
      }
      this.isDone = this.text.length <= this.at;
      this.at += newline.length;
      this.rows++;
      return fields;
    }
  }

  field() {
    const { quoteChar } = this.settings;
    return quoteChar && this.text.startsWith(quoteChar, this.at) ? this.quoted() : this.bare();
  }

  bare() {
    const { delimiter, newline } = this.settings;
    const stop = (end) => (end < 0 ? this.text.length : end);
    const line = stop(this.text.indexOf(newline, this.at));
    const comma = this.text.substring(this.at, line).indexOf(delimiter);
    const end = comma < 0 ? line : this.at + comma;
    const value = this.text.substring(this.at, end);
    this.at = end;
    return value;
  }

  quoted() {
    const { delimiter, newline, quoteChar, escapeChar } = this.settings;
    const start = this.at;
    this.at += quoteChar.length;
    let value = "";
    for (;;) {
      const end = this.text.indexOf(quoteChar, this.at);
      if (end < 0) {
        this.fault("MissingQuotes", "Quoted field unterminated", start);
        value += this.text.substring(this.at);
        this.at = this.text.length;
        return value;
      }
      const escaped = escapeChar === quoteChar ? this.text.startsWith(quoteChar, end + 1) : this.text[end - 1] === escapeChar;
      if (escaped && escapeChar === quoteChar) {
        value += this.text.substring(this.at, end) + quoteChar;
        this.at = end + 2;
        continue;
      }
      if (escaped && this.at <= end - 1) {
        value += this.text.substring(this.at, end - 1) + quoteChar;
        this.at = end + 1;
        continue;
      }
      value += this.text.substring(this.at, end);
      this.at = end + quoteChar.length;
      const isEnd =
        this.at === this.text.length ||
        this.text.startsWith(delimiter, this.at) ||
        this.text.startsWith(newline, this.at);
      if (isEnd) return value;
      // Blanks may stand between the closing quote and the delimiter.
      const blanks = /^[ \t]*/.exec(this.text.substring(this.at))[0].length;
      const after = this.at + blanks;
      if (this.text.startsWith(delimiter, after) || this.text.startsWith(newline, after)) {
        this.at = after;
        return value;
      }
      this.fault("InvalidQuotes", "Trailing quote on quoted field is malformed", start);
      value += quoteChar;
    }
  }

  fault(code, message, index) {
    this.errors.push({ type: "Quotes", code, message, row: this.rows, index });
  }
}

function guessNewline(text) {
  const sample = text.substring(0, 1024 * 1024);
  const first = /\r\n|\n|\r/.exec(sample);
  return first ? first[0] : "\n";
}

/** The delimiter that gives the first rows the same number of fields, more than one. */
function guessDelimiter(text, settings, candidates, skipEmptyLines) {
  let best;
  for (const delimiter of candidates) {
    const reader = new Reader(text, { ...settings, delimiter });
    let width;
    let changes = 0;
    let rows = 0;
    let fields = 0;
    while (rows < 10) {
      const row = reader.row();
      if (!row) break;
      if (isSkipped(row, skipEmptyLines)) continue;
      if (width !== undefined) changes += Math.abs(row.length - width);
      width = row.length;
      fields += row.length;
      rows++;
    }
    const average = rows === 0 ? 0 : fields / rows;
    const isBetter = !best || changes < best.changes || (changes === best.changes && best.average < average);
    if (1.99 < average && isBetter) best = { delimiter, changes, average };
  }
  return best?.delimiter;
}

const NUMBER = /^\s*-?(\d+\.?|\.\d+|\d+\.\d+)([eE][-+]?\d+)?\s*$/;
const ISO_DATE = /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d(:[0-5]\d(\.\d+)?)?([+-][0-2]\d:[0-5]\d|Z)$/;

function typed(value) {
  if (value === "true" || value === "TRUE") return true;
  if (value === "false" || value === "FALSE") return false;
  if (NUMBER.test(value) && Math.abs(Number(value)) < 2 ** 53) return Number(value);
  if (ISO_DATE.test(value)) return new Date(value);
  return value === "" ? null : value;
}

function wantsType(dynamicTyping, field) {
  if (typeof dynamicTyping === "function") return dynamicTyping(field);
  if (dynamicTyping !== null && typeof dynamicTyping === "object") return Boolean(dynamicTyping[field]);
  return dynamicTyping === true;
}

function isSkipped(row, skipEmptyLines) {
  if (skipEmptyLines === "greedy") return row.join("").trim() === "";
  return Boolean(skipEmptyLines) && row.length === 1 && row[0] === "";
}

/** Column names, made different from one another. */
function columnNames(row, transformHeader) {
  const seen = new Map();
  return row.map((name, n) => {
    const wanted = transformHeader ? transformHeader(name, n) : name;
    const count = seen.get(wanted) ?? 0;
    seen.set(wanted, count + 1);
    return count === 0 ? wanted : `${wanted}_${count}`;
  });
}

export function parse(input, config = {}) {
  if (typeof input !== "string") {
    throw new Error("papaparse: only strings can be parsed here; read files with open()");
  }
  const unsupported = ["worker", "download"].filter((name) => config[name]);
  if (unsupported.length !== 0) {
    throw new Error(`papaparse: the option ${unsupported.join(" and ")} is not supported`);
  }
  const text = input.startsWith(BYTE_ORDER_MARK) ? input.substring(1) : input;
  const quoteChar = config.quoteChar === undefined ? '"' : (config.quoteChar ?? "");
  const settings = {
    newline: ["\n", "\r", "\r\n"].includes(config.newline) ? config.newline : guessNewline(text),
    quoteChar,
    escapeChar: config.escapeChar ?? quoteChar,
    comments: config.comments === true ? "#" : config.comments || "",
  };
  const errors = [];
  settings.delimiter = typeof config.delimiter === "function" ? config.delimiter(text) : config.delimiter;
  if (!settings.delimiter) {
    const candidates = config.delimitersToGuess ?? DELIMITERS;
    settings.delimiter = guessDelimiter(text, settings, candidates, config.skipEmptyLines);
    if (!settings.delimiter) {
      settings.delimiter = ",";
      if (text !== "") {
        const message = "Unable to auto-detect delimiting character; defaulted to ','";
        errors.push({ type: "Delimiter", code: "UndetectableDelimiter", message });
      }
    }
  }
  return collect(new Reader(text, settings), config, errors);
}

function collect(reader, config, errors) {
  const data = [];
  const limit = config.preview > 0 ? config.preview : Infinity;
  let fields;
  let aborted = false;
  const meta = () => ({
    delimiter: reader.settings.delimiter,
    linebreak: reader.settings.newline,
    aborted,
    truncated: limit <= data.length && !reader.isDone,
    cursor: Math.min(reader.at, reader.text.length),
    ...(fields ? { fields } : {}),
  });
  for (let skip = config.skipFirstNLines ?? 0; 0 < skip; skip--) reader.row();
  while (data.length < limit && !aborted) {
    const row = reader.row();
    if (!row) break;
    if (isSkipped(row, config.skipEmptyLines)) continue;
    if (config.header && !fields) {
      fields = columnNames(row, config.transformHeader);
      continue;
    }
    const record = toRecord(row, fields, config, data.length, errors);
    if (config.step) {
      const parser = { abort: () => (aborted = true) };
      config.step({ data: record, errors: [], meta: meta() }, parser);
    } else {
      data.push(record);
    }
  }
  const results = { data, errors: reader.errors.concat(errors), meta: meta() };
  config.complete?.(results);
  return results;
}

function toRecord(row, fields, config, n, errors) {
  const convert = (value, field) => {
    const given = config.transform ? config.transform(value, field) : value;
    return wantsType(config.dynamicTyping, field) && typeof given === "string" ? typed(given) : given;
  };
  if (!fields) return row.map((value, column) => convert(value, column));
  const record = {};
  row.forEach((value, column) => {
    if (column < fields.length) {
      record[fields[column]] = convert(value, fields[column]);
    } else {
      (record.__parsed_extra ??= []).push(convert(value, "__parsed_extra"));
    }
  });
  if (row.length !== fields.length) {
    const isFew = row.length < fields.length;
    const message = `Too ${isFew ? "few" : "many"} fields: expected ${fields.length} fields but parsed ${row.length}`;
    errors.push({ type: "FieldMismatch", code: isFew ? "TooFewFields" : "TooManyFields", message, row: n });
  }
  return record;
}

export function unparse(input, config = {}) {
  const given = typeof input === "string" ? JSON.parse(input) : input;
  const quote = config.quoteChar ?? '"';
  const delimiter = config.delimiter ?? ",";
  const newline = config.newline ?? "\r\n";
  const hasTable = !Array.isArray(given) && given !== null && typeof given === "object";
  const rows = hasTable ? (given.data ?? [given]) : given;
  const isRecord = rows.length !== 0 && !Array.isArray(rows[0]);
  const own = isRecord ? Object.keys(rows[0]) : undefined;
  const fields = hasTable ? (given.fields ?? own) : isRecord ? (config.columns ?? own) : undefined;
  const cell = (value, column) => {
    if (value === undefined || value === null) return "";
    const text = value instanceof Date ? value.toISOString() : String(value);
    const forced = Array.isArray(config.quotes) ? config.quotes[column] : config.quotes;
    const wanted = typeof forced === "function" ? forced(value, column) : forced;
    const needed =
      [delimiter, quote, "\n", "\r", BYTE_ORDER_MARK].some((part) => text.includes(part)) ||
      text.startsWith(" ") ||
      text.endsWith(" ");
    const doubled = text.split(quote).join((config.escapeChar ?? quote) + quote);
    return wanted || needed ? quote + doubled + quote : text;
  };
  const lines = [];
  if (fields && config.header !== false) lines.push(fields.map(cell).join(delimiter));
  for (const row of rows) {
    const values = Array.isArray(row) ? row : fields.map((field) => row[field]);
    if (isSkipped(values.map(String), config.skipEmptyLines)) continue;
    lines.push(values.map(cell).join(delimiter));
  }
  return lines.join(newline);
}

export default { parse, unparse, RECORD_SEP: "\x1e", UNIT_SEP: "\x1f", BYTE_ORDER_MARK };
