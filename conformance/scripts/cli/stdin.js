/*---
shows = "The script comes on standard input."
features = ["script on standard input"]
stdin = true
also = ["log"]
---*/
import { check } from 'k6';
export default function () { check(1, { read: true }); console.log('from stdin'); }
