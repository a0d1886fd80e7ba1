/*---
shows = "--no-color."
features = ["flag --no-color"]
args = ["--no-color"]
compare = ["exit", "summary"]
has_not = ["\u001b["]
---*/
import { check } from 'k6';
export default function () { check(1, { a: true }); }
