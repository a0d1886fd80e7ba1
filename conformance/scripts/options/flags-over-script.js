/*---
shows = "Flags replace what the script says."
features = ["option vus and iterations", "flags -u -i -d -s"]
args = ["-u", "2", "-i", "4"]
compare = ["exit", "counts", "samples", "banner"]
---*/
export const options = { vus: 5, duration: '1h' };
export default function () {}
