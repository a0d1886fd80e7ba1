/*---
shows = "The global crypto."
features = ["webcrypto"]
compare = ["exit", "log"]
---*/
export default async function () {
  console.log(typeof crypto, typeof crypto.subtle, crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(4)).length);
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array([1, 2, 3]).buffer);
  console.log(new Uint8Array(digest).join());
  const one = crypto.randomUUID(); console.log(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(one), one !== crypto.randomUUID());
}
