/*---
shows = "A SharedArray inside options."
features = ["SharedArray", "option vus and iterations"]
compare = ["exit", "counts"]
---*/
import { SharedArray } from 'k6/data';
const list = new SharedArray('l', () => [1, 2, 3]);
export const options = { iterations: list.length, data: list };
export default function () {}
