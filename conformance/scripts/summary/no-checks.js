/*---
shows = "Neither checks nor requests."
features = ["summary text compact"]
also = ["summary"]
---*/
export default function () {}
