import twice, { answer } from './helper.js';
export const derived = twice(answer);
