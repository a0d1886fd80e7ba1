/*---
shows = "No default function and no scenario."
features = ["exit codes", "error messages"]
compare = ["exit"]
---*/
export function other() {}
