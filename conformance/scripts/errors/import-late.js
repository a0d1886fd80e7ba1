/*---
shows = "import() in an iteration."
features = ["error messages"]
compare = ["exit"]
files = ["lib/helper.js"]
---*/
export default async function () { try { await import('./lib/helper.js'); console.log('loaded'); } catch (e) { console.log('throws'); } }
