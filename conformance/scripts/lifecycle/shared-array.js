/*---
shows = "SharedArray with open()."
features = ["SharedArray", "open()"]
files = ["data/users.json"]
compare = ["exit", "log"]
unordered = true
---*/
import { SharedArray } from 'k6/data';
const users = new SharedArray('users', function () { console.log('built'); return JSON.parse(open('./data/users.json')); });
export const options = { vus: 2, iterations: 4 };
export default function () {
  const names = [];
  for (const user of users) names.push(user.name);
  console.log(users.length, users[1].name, names.join(), users.map((u) => u.name).join(), typeof users[9]);
}
