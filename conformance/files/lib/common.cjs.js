const extra = require('./plain.js');
module.exports = { name: 'common', extra: extra.value, add: (a, b) => a + b };
