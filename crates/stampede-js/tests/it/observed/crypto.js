// Base64, hashes and random bytes; observed with k6 2.2.0.
import encoding from 'k6/encoding';
import crypto from 'k6/crypto';
const sorted = (v) => v === undefined ? 'undefined' : JSON.stringify(v, (k, x) => x && typeof x === 'object' && !Array.isArray(x) && !(x instanceof ArrayBuffer) ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))) : x);
function t(name, f) {
  let r;
  try {
    r = f();
    r = r instanceof ArrayBuffer ? 'AB[' + new Uint8Array(r) + ']' : typeof r + ' ' + sorted(r);
  } catch (e) {
    r = 'throws ' + e.name + ': ' + e.message;
  }
  console.log(name + ' => ' + r);
}
export default function(){
  for (const e of ['std','rawstd','url','rawurl','bogus','',undefined,null]) {
    t('enc '+e, ()=>encoding.b64encode('a?>~ÿ', e));
  }
  t('enc2', ()=>encoding.b64encode());
  t('enc none', ()=>encoding.b64encode('a?>~ÿ'));
  t('enc ab', ()=>encoding.b64encode(new Uint8Array([1,2,255]).buffer));
  t('enc u8', ()=>encoding.b64encode(new Uint8Array([1,2,255])));
  t('enc u8 sub', ()=>encoding.b64encode(new Uint8Array([1,2,255]).subarray(1)));
  t('enc num', ()=>encoding.b64encode(5));
  t('enc null', ()=>encoding.b64encode(null));
  t('enc undef', ()=>encoding.b64encode(undefined));
  t('enc arr', ()=>encoding.b64encode([1,2]));
  t('enc obj', ()=>encoding.b64encode({a:1}));
  t('enc raw', ()=>encoding.b64encode(new Uint8Array([1]).buffer,'rawstd'));
  for (const e of ['std','rawstd','url','rawurl','bogus','',undefined,null]) {
    t('dec '+e, ()=>encoding.b64decode('YT8+fsO/', e));
    t('dec s '+e, ()=>encoding.b64decode('YT8+fsO/', e,'s'));
  }
  t('dec url', ()=>encoding.b64decode('YT8-fsO_', 'url','s'));
  t('dec nopad', ()=>encoding.b64decode('YQ', 'std','s'));
  t('dec pad raw', ()=>encoding.b64decode('YQ==', 'rawstd','s'));
  t('dec trailing', ()=>encoding.b64decode('YR==', 'std','s'));
  t('dec nl', ()=>encoding.b64decode('Y\nQ\r\n==', 'std','s'));
  t('dec sp', ()=>encoding.b64decode('Y Q==', 'std','s'));
  t('dec badutf', ()=>encoding.b64decode('/w==', 'std','s'));
  t('dec fmt', ()=>encoding.b64decode('YQ==', 'std','x'));
  t('dec ab', ()=>encoding.b64decode(new Uint8Array([89,81,61,61]).buffer, 'std','s'));
  t('dec undef', ()=>encoding.b64decode());
  t('dec null', ()=>encoding.b64decode(null));
  t('dec five', ()=>encoding.b64decode('YWFhY', 'rawstd','s'));
  for (const a of ['md4','md5','sha1','sha256','sha384','sha512','sha512_224','sha512_256','ripemd160']) { t(a, ()=>crypto[a]('hello','hex')); t('hmac '+a, ()=>crypto.hmac(a,'k','hello','hex'));
    t('ch '+a, ()=>{const h=crypto.createHash(a); h.update('hel'); h.update('lo'); return h.digest('base64')+h.digest('hex')}); }
  for (const e of ['hex','base64','base64url','base64rawurl','binary','bogus','',undefined,null]) t('out '+e, ()=>crypto.md5('hello',e));
  t('noargs', ()=>crypto.md5());
  t('num', ()=>crypto.md5(5,'hex'));
  t('null', ()=>crypto.md5(null,'hex'));
  t('undef', ()=>crypto.md5(undefined,'hex'));
  t('arr', ()=>crypto.md5([1,2],'hex'));
  t('obj', ()=>crypto.md5({},'hex'));
  t('u8', ()=>crypto.md5(new Uint8Array([1,2]),'hex'));
  t('ab', ()=>crypto.md5(new Uint8Array([1,2]).buffer,'hex'));
  t('badhmac2', ()=>crypto.hmac('nope','k','d','hex'));
  t('hmacnullkey', ()=>crypto.hmac('md5',null,'d','hex'));
  t('hmacundefkey', ()=>crypto.hmac('md5',undefined,'d','hex'));
  t('hmacAB', ()=>crypto.hmac('md5',new Uint8Array([107]).buffer,'d','hex')+crypto.hmac('md5','k','d','hex'));
  t('hmac noout', ()=>crypto.hmac('md5','k','d'));
  t('hasher digest none', ()=>{const h=crypto.createHash('md5'); return h.digest() });
  t('hasher digest after', ()=>{const h=crypto.createHash('md5'); h.update('a'); const a=h.digest('hex'); h.update('b'); return a+' '+h.digest('hex') });
  t('hasher bad digest', ()=>{const h=crypto.createHash('md5'); return h.digest('bogus') });
  t('hasher bad upd', ()=>{const h=crypto.createHash('md5'); return h.update(5) });
  t('hasher bad upd', ()=>{const h=crypto.createHash('md5'); return h.update({}) });
  t('hmac 2', ()=>{const h=crypto.createHMAC('sha256','k'); h.update('a'); h.digest('hex'); h.update('b'); return h.digest('hex')+' '+crypto.hmac('sha256','k','ab','hex') });
  for (const n of [0,-1,1.5,'3',null,undefined,NaN]) t('rb '+n, ()=>{const b=crypto.randomBytes(n);return b.byteLength});
  t('md5 str binary', ()=>crypto.hexEncode ? crypto.hexEncode('abc') : 'nohex');
  t('hexAB', ()=>crypto.hexEncode(new Uint8Array([1,255]).buffer));
  t('hexnum', ()=>crypto.hexEncode(5));
}
