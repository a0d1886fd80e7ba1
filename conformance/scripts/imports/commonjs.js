/*---
shows = "require(), module.exports and exports."
features = ["CommonJS require"]
compare = ["exit", "log"]
files = ["lib/common.cjs.js", "lib/plain.js"]
---*/
const common = require('./lib/common.cjs.js');
module.exports.default = function () {
  console.log(common.name, common.extra, common.add(1, 2));
};
