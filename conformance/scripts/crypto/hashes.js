/*---
shows = "Every hash of k6/crypto."
features = ["k6/crypto"]
compare = ["exit", "log"]
---*/
import crypto from 'k6/crypto';
export default function () {
  for (const name of ['md4', 'md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha512_224', 'sha512_256', 'ripemd160']) {
    console.log(name, crypto[name]('hello ü', 'hex'), crypto[name]('', 'base64'));
  }
  for (const form of ['hex', 'base64', 'base64url', 'base64rawurl']) console.log(form, crypto.sha256('x>?', form));
  console.log(new Uint8Array(crypto.md5('a', 'binary')).join(), crypto.sha1(new Uint8Array([1, 2]).buffer, 'hex'));
  try { crypto.sha256('a', 'nonesuch'); console.log('no error'); } catch (e) { console.log('throws'); }
}
