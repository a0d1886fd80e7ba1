/*---
shows = "handleSummary writes to standard output, error and files."
features = ["handleSummary"]
compare = ["exit"]
files_out = ["a.txt"]
has = ["to stdout", "to stderr"]
has_not = ["iteration_duration"]
---*/
export function handleSummary() { return { stdout: 'to stdout\n', stderr: 'to stderr\n', 'a.txt': 'file a\n', 'b.bin': new Uint8Array([1, 2, 65]).buffer }; }
export default function () {}
