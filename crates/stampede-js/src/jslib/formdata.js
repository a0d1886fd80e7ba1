// FormData for multipart bodies: append parts, then send body() with the boundary.

import { randomBytes, hexEncode } from "k6/crypto";

const LINE = "\r\n";

function quoted(text) {
  return String(text).replace(/["\r\n]/g, (char) => ({ '"': "%22", "\r": "%0D", "\n": "%0A" })[char]);
}

function bytesOf(data) {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (Array.isArray(data)) return Uint8Array.from(data);
  return new TextEncoder().encode(String(data));
}

export class FormData {
  constructor() {
    this.boundary = `----StampedeFormBoundary${hexEncode(randomBytes(12))}`;
    this.parts = [];
  }

  /** Adds a field; a file is what http.file() answers, or {data, filename, content_type}. */
  append(name, value, filename) {
    const isFile =
      value !== null && typeof value === "object" && !(value instanceof ArrayBuffer) && "data" in value;
    const part = { field: name };
    if (isFile) {
      part.file = value.data;
      part.name = filename ?? value.filename ?? "";
      part.type = value.content_type ?? value.contentType ?? "application/octet-stream";
    } else if (filename !== undefined) {
      part.file = value;
      part.name = filename;
      part.type = "application/octet-stream";
    } else {
      part.value = value;
    }
    this.parts.push(part);
  }

  contentType() {
    return `multipart/form-data; boundary=${this.boundary}`;
  }

  /** The whole body as an ArrayBuffer. */
  body() {
    const chunks = [];
    const put = (data) => chunks.push(bytesOf(data));
    for (const part of this.parts) {
      let head = `--${this.boundary}${LINE}Content-Disposition: form-data; name="${quoted(part.field)}"`;
      if ("file" in part) {
        head += `; filename="${quoted(part.name)}"${LINE}Content-Type: ${part.type}`;
      }
      put(head + LINE + LINE);
      put("file" in part ? part.file : part.value);
      put(LINE);
    }
    put(`--${this.boundary}--${LINE}`);
    const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const all = new Uint8Array(total);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all.buffer;
  }
}

export default FormData;
