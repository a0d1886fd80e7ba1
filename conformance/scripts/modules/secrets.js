/*---
shows = "Secrets of a source, and a log without them."
features = ["k6/secrets"]
args = ["--secret-source", "mock=name=vault,user=first-secret,code=second-secret"]
compare = ["exit", "log"]
---*/
import secrets from 'k6/secrets';
export default async function () {
  console.log('first-secret is not asked for yet');
  const user = await secrets.get('user');
  console.log(user, user.length, { user });
  console.log(await secrets.source('vault').get('code'));
  for (const ask of [() => secrets.get('none'), () => secrets.source('other').get('user')]) {
    try { console.log(await ask()); } catch (e) { console.log('refused'); }
  }
  throw new Error(`with ${user} inside`);
}
