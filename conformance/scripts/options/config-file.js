/*---
shows = "--config gives options below those of the script."
features = ["config file"]
files = ["config.json"]
args = ["--config", "config.json"]
compare = ["exit", "counts", "samples", "banner"]
---*/
export const options = { vus: 2 };
export default function () {}
