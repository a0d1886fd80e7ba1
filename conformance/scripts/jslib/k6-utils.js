/*---
shows = "The functions of k6-utils."
features = ["jslib k6-utils"]
expect = { exit = [0], checks = 9, because = "k6 needs the internet for it" }
compare = ["exit", "counts"]
---*/
import { randomIntBetween, randomItem, randomString, uuidv4, findBetween, normalDistributionStages, getCurrentStageIndex, tagWithCurrentStageIndex, tagWithCurrentStageProfile } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
import { check } from 'k6';
export default function () {
  const numbers = Array.from({ length: 200 }, () => randomIntBetween(3, 5));
  check(null, {
    'integers within both ends': () => numbers.every((n) => Number.isInteger(n) && n >= 3 && n <= 5) && new Set(numbers).size === 3,
    'an item': () => ['a', 'b'].includes(randomItem(['a', 'b'])),
    'a text of the length': () => randomString(12).length === 12 && /^[a-z]+$/.test(randomString(40)),
    'a text of the letters given': () => /^[xy]{9}$/.test(randomString(9, 'xy')),
    'a uuid': () => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuidv4()) && uuidv4() !== uuidv4(),
    'a secure uuid': () => uuidv4(true).length === 36,
    'between': () => findBetween('<b>x</b><b>y</b>', '<b>', '</b>') === 'x' && findBetween('<b>x</b><b>y</b>', '<b>', '</b>', true).join() === 'x,y',
    'stages': () => { const stages = normalDistributionStages(10, 60, 5); return stages.length >= 5 && stages.every((s) => /^[0-9]+s$/.test(s.duration) && Number.isInteger(s.target)) && stages.at(-1).target === 0; },
    'functions': () => [getCurrentStageIndex, tagWithCurrentStageIndex, tagWithCurrentStageProfile].every((f) => typeof f === 'function'),
  });
}
