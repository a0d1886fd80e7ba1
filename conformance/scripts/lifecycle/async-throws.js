/*---
shows = "An async default function that throws."
features = ["promises", "error messages"]
compare = ["exit", "counts", "samples"]
has = ["after await"]
---*/
export default async function () { await null; throw new Error('after await'); }
