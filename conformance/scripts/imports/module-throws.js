/*---
shows = "An exception while a module loads stops the run."
features = ["ES modules", "error messages"]
compare = ["exit"]
has = ["thrown while loading"]
files = ["lib/throws.js"]
---*/
import { fine } from './lib/throws.js';
export default function () {}
