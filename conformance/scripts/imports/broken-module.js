/*---
shows = "A syntax error in a module stops the run and names the file."
features = ["ES modules", "error messages"]
compare = ["exit"]
has = ["broken.js"]
files = ["lib/broken.js"]
---*/
import { fine } from './lib/broken.js';
export default function () {}
