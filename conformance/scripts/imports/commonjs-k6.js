/*---
shows = "require() of the modules of k6."
features = ["CommonJS require"]
---*/
const { check } = require('k6');
const http = require('k6/http');
exports.options = { vus: 1, iterations: 2 };
exports.default = function () {
  const res = http.get(`${__ENV.BASE}/text`);
  check(res, { ok: (r) => r.status === 200 });
};
