/*---
shows = "inspect of a script with a syntax error."
features = ["command inspect"]
steps = [["inspect", "{script}"]]
compare = ["exit"]
---*/
export default function ( {
