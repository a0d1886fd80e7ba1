import { a } from './circle-a.js';
export function b() { return 'b' + a(); }
