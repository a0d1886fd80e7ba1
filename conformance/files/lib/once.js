console.log('once.js is evaluated');
export default 1;
