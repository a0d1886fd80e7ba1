/*---
shows = "__ENV from the environment and from -e."
features = ["__ENV", "flag -e"]
args = ["-e", "A=flag", "--env", "D=", "-e", "C=a=b"]
env = { A = "env", B = "env b" }
compare = ["exit", "log"]
---*/
export default function () { console.log(__ENV.A, __ENV.B, __ENV.C, typeof __ENV.NONE, JSON.stringify(__ENV.D)); __ENV.A = 'own'; __ENV.NEW = 5; console.log(__ENV.A, __ENV.NEW); }
