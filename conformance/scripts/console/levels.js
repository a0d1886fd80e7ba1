/*---
shows = "Every level."
features = ["console"]
compare = ["exit", "log"]
args = ["-v"]
---*/
export default function () { console.debug('d'); console.info('i'); console.log('l'); console.warn('w'); console.error('e'); }
