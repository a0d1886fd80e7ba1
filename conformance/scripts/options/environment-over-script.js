/*---
shows = "K6_ variables replace what the script says, flags replace both."
features = ["K6_ variables"]
env = { K6_VUS = "2", K6_ITERATIONS = "4" }
args = ["-i", "6"]
compare = ["exit", "counts", "samples", "banner"]
---*/
export const options = { vus: 9, iterations: 90 };
export default function () {}
