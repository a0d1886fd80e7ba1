/*---
shows = "Base64 in its variants."
features = ["k6/encoding"]
compare = ["exit", "log"]
---*/
import encoding from 'k6/encoding';
import { b64encode, b64decode } from 'k6/encoding';
export default function () {
  for (const text of ['', 'a', 'ab', 'abc', 'ü€?>', '>>>???']) {
    for (const variant of [undefined, 'std', 'rawstd', 'url', 'rawurl']) {
      const coded = encoding.b64encode(text, variant);
      console.log(variant, coded, b64decode(coded, variant, 's'));
    }
  }
  console.log(new Uint8Array(b64decode('AAEC/w==')).join(), b64encode(new Uint8Array([0, 1, 2, 255]).buffer));
  try { b64decode('###'); console.log('no error'); } catch (e) { console.log('throws'); }
}
