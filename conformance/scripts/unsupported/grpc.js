/*---
shows = "k6/net/grpc is refused by name."
features = ["module k6/net/grpc"]
compare = ["exit"]
unsupported = "k6/net/grpc"
---*/
import * as all from 'k6/net/grpc';
export default function () { console.log(typeof all); }
