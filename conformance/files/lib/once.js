if (__VU > 0) console.log('once.js is evaluated');
export default 1;
