/*---
shows = "atob, btoa, TextEncoder if they are there."
features = ["globals"]
compare = ["exit", "log"]
---*/
export default function () { console.log(typeof btoa, typeof atob, typeof TextEncoder, typeof TextDecoder); }
