/*---
shows = "K6_TAGS and K6_SUMMARY_TREND_STATS."
features = ["K6_ variables"]
env = { K6_SUMMARY_TREND_STATS = "avg,count", K6_USER_AGENT = "x" }
also = ["summary"]
---*/
export default function () {}
