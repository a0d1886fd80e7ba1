// Httpx: a session over k6/http with a base address, headers and tags for all its requests.

import http from "k6/http";

const METHODS = ["get", "post", "put", "patch", "delete", "options", "head"];

export class Request {
  constructor(method, url, body, params) {
    this.method = method;
    this.url = url;
    this.body = body;
    this.params = params;
  }
}

const shorthand = (method) => (url, body, params) => new Request(method, url, body, params);

export const Get = shorthand("GET");
export const Post = shorthand("POST");
export const Put = shorthand("PUT");
export const Patch = shorthand("PATCH");
export const Delete = shorthand("DELETE");
export const Options = shorthand("OPTIONS");
export const Head = shorthand("HEAD");

export class Httpx {
  constructor(options = {}) {
    this.baseURL = options.baseURL ?? "";
    this.params = { headers: { ...options.headers }, tags: { ...options.tags } };
    for (const [name, value] of Object.entries(options)) {
      if (!["baseURL", "headers", "tags"].includes(name)) this.params[name] = value;
    }
  }

  setBaseUrl(url) {
    this.baseURL = url;
  }

  addHeader(name, value) {
    this.params.headers[name] = value;
  }

  addHeaders(headers) {
    Object.assign(this.params.headers, headers);
  }

  clearHeader(name) {
    delete this.params.headers[name];
  }

  addTag(name, value) {
    this.params.tags[name] = value;
  }

  addTags(tags) {
    Object.assign(this.params.tags, tags);
  }

  clearTag(name) {
    delete this.params.tags[name];
  }

  url(address) {
    if (typeof address !== "string") return address;
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : this.baseURL + address;
  }

  /** The session's settings with those of one request over them. */
  merged(params = {}) {
    const { headers, tags } = this.params;
    const given = params ?? {};
    return {
      ...this.params,
      ...given,
      headers: { ...headers, ...given.headers },
      tags: { ...tags, ...given.tags },
    };
  }

  request(method, url, body, params) {
    return http.request(method.toUpperCase(), this.url(url), body ?? null, this.merged(params));
  }

  asyncRequest(method, url, body, params) {
    return http.asyncRequest(method.toUpperCase(), this.url(url), body ?? null, this.merged(params));
  }

  batch(requests, params) {
    const all = requests.map((request) => {
      const one = Array.isArray(request) ? new Request(...request) : request;
      const own = { ...params, ...one.params };
      own.headers = { ...params?.headers, ...one.params?.headers };
      own.tags = { ...params?.tags, ...one.params?.tags };
      return {
        method: one.method.toUpperCase(),
        url: this.url(one.url),
        body: one.body ?? null,
        params: this.merged(own),
      };
    });
    return http.batch(all);
  }
}

for (const method of METHODS) {
  const verb = method.toUpperCase();
  const asyncName = `async${verb[0]}${method.slice(1)}`;
  Httpx.prototype[method] = function (url, body, params) {
    return this.request(verb, url, body, params);
  };
  Httpx.prototype[asyncName] = function (url, body, params) {
    return this.asyncRequest(verb, url, body, params);
  };
}

export const session = new Httpx();

export default { Httpx, Request, Get, Post, Put, Patch, Delete, Options, Head, session };
