import once from './once.js';
export default once + 1;
