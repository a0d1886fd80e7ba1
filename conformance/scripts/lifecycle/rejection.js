/*---
shows = "A rejection that nobody catches."
features = ["promises", "error messages"]
compare = ["exit", "counts", "samples", "log"]
has = ["lost"]
---*/
export default function () { Promise.reject(new Error('lost')); console.log('goes on'); }
