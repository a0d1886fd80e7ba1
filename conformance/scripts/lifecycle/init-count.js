/*---
shows = "How often the init context runs for one user with setup and teardown."
features = ["init context"]
compare = ["exit", "log"]
---*/
console.log('init');
export function setup() {}
export default function () {}
export function teardown() {}
