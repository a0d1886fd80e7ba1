/*---
shows = "hmac and hashes in parts."
features = ["k6/crypto"]
compare = ["exit", "log"]
---*/
import { hmac, createHash, createHMAC, randomBytes } from 'k6/crypto';
export default function () {
  for (const name of ['md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha512_224', 'ripemd160']) console.log(name, hmac(name, 'key', 'data', 'hex'));
  const hash = createHash('sha256'); hash.update('a'); hash.update('b'); console.log(hash.digest('hex'), hash.digest('base64'));
  const mac = createHMAC('sha256', 'k'); mac.update('a'); console.log(mac.digest('hex'), mac.digest('base64rawurl'));
  console.log(randomBytes(8).byteLength, hmac('sha256', new Uint8Array([1]).buffer, new Uint8Array([2]).buffer, 'hex'));
  for (const bad of [() => hmac('none', 'a', 'b', 'hex'), () => randomBytes(0)]) {
    try { const made = bad(); console.log('no error'); } catch (e) { console.log('throws'); }
  }
}
