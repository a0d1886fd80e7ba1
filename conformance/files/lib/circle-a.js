import { b } from './circle-b.js';
export function a() { return 'a'; }
export function ab() { return a() + b(); }
