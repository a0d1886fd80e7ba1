/*---
shows = "Checks in setup and teardown count."
features = ["check", "setup", "teardown"]
also = ["summary"]
---*/
import { check, group, sleep, fail } from 'k6';

export function setup() { check(1, { 'in setup': true }); }
export default function () { check(1, { 'in the test': true }); }
export function teardown() { check(1, { 'in teardown': false }); }
