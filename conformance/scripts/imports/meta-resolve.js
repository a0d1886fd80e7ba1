/*---
shows = "import.meta.resolve gives the address of a module."
features = ["ES modules"]
compare = ["exit", "log"]
files = ["lib/helper.js"]
---*/
export default function () {
  console.log(typeof import.meta.resolve, import.meta.resolve('./lib/helper.js').split('/').pop());
}
