export const answer = 42;
export default function twice(x) { return x * 2; }
export let counter = 0;
export function bump() { counter += 1; }
