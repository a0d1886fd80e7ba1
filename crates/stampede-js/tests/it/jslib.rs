//! The stand-ins for libraries that scripts import from the internet.

use crate::stage::{iterated, lines_of};

/// Data as `handleSummary` gets it.
const SUMMARY: &str = r#"{"root_group":{"name":"","path":"","groups":[],"checks":[
 {"name":"ok <1>","path":"::ok","id":"x","passes":3,"fails":1}]},
 "options":{"summaryTrendStats":["avg","p(95)"],"summaryTimeUnit":"","noColor":true},
 "state":{"isStdOutTTY":false,"isStdErrTTY":false,"testRunDurationMs":2000},
 "metrics":{"http_reqs":{"type":"counter","contains":"default","values":{"count":4,"rate":2}},
  "my_trend":{"type":"trend","contains":"time","values":{"avg":1.5,"p(95)":2},
   "thresholds":{"p(95)<1":{"ok":false},"avg<9":{"ok":true}}}}}"#;

#[test]
fn utils_draw_within_their_bounds() {
    let lines = lines_of(
        r#"import { randomIntBetween, randomItem, randomString, uuidv4 }
             from 'https://jslib.k6.io/k6-utils/1.2.0/index.js';
        import { randomSeed } from 'k6';
        export default function () {
          const drawn = Array.from({ length: 400 }, () => randomIntBetween(3, 5));
          console.log([...new Set(drawn)].sort().join());
          console.log([...new Set(drawn.map(() => randomItem(['a', 'b'])))].sort().join());
          console.log(/^[a-z]{8}$/.test(randomString(8)), /^[01]{20}$/.test(randomString(20, '01')));
          const ids = Array.from({ length: 100 }, () => uuidv4());
          const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
          console.log(ids.every((id) => form.test(id)), new Set(ids).size, form.test(uuidv4(true)));
          randomSeed(7);
          const one = [uuidv4(), randomIntBetween(0, 1e9)].join();
          randomSeed(7);
          console.log(one === [uuidv4(), randomIntBetween(0, 1e9)].join());
        }"#,
    );
    assert_eq!(
        lines,
        ["3,4,5", "a,b", "true true", "true 100 true", "true"]
    );
}

#[test]
fn utils_find_texts_and_make_stages() {
    let lines = lines_of(
        r#"import { findBetween, normalDistributionStages }
             from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
        export default function () {
          const list = '<a>1</a><a>2</a><a>3';
          console.log(findBetween(list, '<a>', '</a>'), findBetween(list, 'x', 'y'));
          console.log(JSON.stringify(findBetween(list, '<a>', '</a>', true)));
          const stages = normalDistributionStages(40, 100, 7);
          const seconds = stages.map((stage) => parseInt(stage.duration, 10));
          console.log(stages.length, seconds.reduce((a, b) => a + b), stages.at(-1).target);
          console.log(Math.max(...stages.map((stage) => stage.target)));
          const targets = normalDistributionStages(40, 100, 8).map((stage) => stage.target);
          console.log(targets.join());
        }"#,
    );
    assert_eq!(
        lines,
        [
            "1 null",
            "[\"1\",\"2\"]",
            "9 100 0",
            "40",
            "0,3,11,26,40,40,26,11,3,0"
        ]
    );
}

#[test]
fn the_check_of_utils_waits_for_async_tests() {
    let (stage, result) = iterated(
        r#"import { check } from 'https://jslib.k6.io/k6-utils/1.5.0/index.js';
        export default async function () {
          console.log(check(5, { plain: (n) => n === 5 }));
          console.log(await check(5, { later: async (n) => n === 6 }));
          console.log(await check(Promise.resolve(7), { awaited: (n) => n === 7 }));
        }"#,
    );
    result.unwrap();
    assert_eq!(stage.lines(), ["true", "false", "true"]);
    assert_eq!(
        stage.samples_of("checks"),
        [
            "1 check=plain group= scenario=default",
            "0 check=later group= scenario=default",
            "1 check=awaited group= scenario=default",
        ]
    );
}

#[test]
fn summaries_are_written_as_text_junit_and_html() {
    let script = r#"import { textSummary, jUnit, humanizeValue }
             from 'https://jslib.k6.io/k6-summary/0.0.2/index.js';
        import { htmlReport }
             from 'https://raw.githubusercontent.com/benc-uk/k6-reporter/main/dist/bundle.js';
        export default function () {
          const data = JSON.parse(`DATA`);
          const text = textSummary(data, { indent: '>', enableColors: false });
          console.log(text.includes('✗ my_trend'), text.includes('\u001b'));
          console.log(textSummary(data, { enableColors: true }).includes('\u001b'));
          console.log(jUnit(data).match(/<testcase.*/g).join('\n'));
          console.log(humanizeValue(0.66667, { type: 'rate' }), humanizeValue(1500, { contains:
            'data' }), humanizeValue(2.345678, { contains: 'time' }), humanizeValue(3, {}));
          const html = htmlReport(data, { title: 'a<b' });
          console.log(html.includes('<h1>a&#60;b</h1>'), html.includes('p(95)&#60;1'),
            html.includes('ok &#60;1&#62;'), /src=|href=/.test(html), html.endsWith('</html>\n'));
          try { textSummary({}); } catch (error) { console.log(String(error)); }
        }"#;
    let lines = lines_of(&script.replace("DATA", SUMMARY));
    assert_eq!(
        lines,
        [
            "true false",
            "true",
            "<testcase name=\"my_trend - p(95)&#60;1\"><failure message=\"{&#34;avg&#34;:1.5,\
             &#34;p(95)&#34;:2}\" /></testcase>\n<testcase name=\"my_trend - avg&#60;9\" />",
            "66.66% 1.5 kB 2.34ms 3",
            "true true true false true",
            "GoError: textSummary(): the summary data has no usable 'metrics'; pass on what \
             handleSummary was given",
        ]
    );
}

#[test]
fn tables_are_read_and_written() {
    let lines = lines_of(
        r#"import papaparse from 'https://jslib.k6.io/papaparse/5.1.1/index.js';
        const show = (value) => console.log(JSON.stringify(value));
        export default function () {
          const text = '\ufeffname;age;ok\n"Smith; J";42;true\n"say ""hi""";;x\n# no\n\n';
          const typed = papaparse.parse(text, { header: true, dynamicTyping: true, comments: '#',
            skipEmptyLines: true });
          show(typed.data);
          show([typed.meta.delimiter, typed.meta.fields, typed.errors]);
          show(papaparse.parse('a,b\r\n1,2\r\n', { preview: 1 }).data);
          show(papaparse.parse('a,b\n1\n1,2,3', { header: true }).errors.map((error) => error.code));
          show(papaparse.parse('a,"b', {}).errors.map((error) => error.code));
          show(papaparse.unparse([{ a: 1, b: 'x,y' }, { a: null, b: 'q"' }]));
          show(papaparse.unparse([[1, 2], ['a b', ' c']], { delimiter: ';', newline: '\n' }));
        }"#,
    );
    assert_eq!(
        lines,
        [
            r#"[{"name":"Smith; J","age":42,"ok":true},{"name":"say \"hi\"","age":null,"ok":"x"}]"#,
            r#"[";",["name","age","ok"],[]]"#,
            r#"[["a","b"]]"#,
            r#"["TooFewFields","TooManyFields"]"#,
            r#"["MissingQuotes"]"#,
            r#""a,b\r\n1,\"x,y\"\r\n,\"q\"\"\"""#,
            r#""1;2\na b;\" c\"""#,
        ]
    );
}

#[test]
fn a_session_of_httpx_adds_what_its_requests_share() {
    let (stage, result) = iterated(
        r#"import { Httpx, Get, Post } from 'https://jslib.k6.io/httpx/0.1.0/index.js';
        export default function () {
          const session = new Httpx({ baseURL: '{{server}}', headers: { 'X-A': '1' } });
          session.addTag('area', 'x');
          const heads = (response) => response.json('headers').map(String)
            .filter((head) => head.startsWith('x-')).sort().join(' ');
          console.log(heads(session.post('/echo', 'b', { headers: { 'X-B': '2' } })));
          session.clearHeader('X-A');
          const both = session.batch([Get('/echo'), Post('/echo', 'c')]);
          console.log(both.map((one) => one.json('method') + heads(one)).join());
          console.log(session.get('{{server}}/echo').status);
        }"#,
    );
    result.unwrap();
    assert_eq!(stage.lines(), ["x-a,1 x-b,2", "GET,POST", "200"]);
    let samples = stage.samples_of("http_reqs");
    assert_eq!(samples.len(), 4);
    assert!(
        samples.iter().all(|sample| sample.contains("area=x")),
        "{samples:?}"
    );
}

#[test]
fn chai_counts_each_assertion_and_ends_the_group_at_the_first_that_fails() {
    let (stage, result) = iterated(
        r#"import chai, { describe, expect } from 'https://jslib.k6.io/k6chaijs/4.3.4.3/index.js';
        export default function () {
          chai.config.logFailures = true;
          console.log(describe('one', () => {
            expect(200, 'status').to.equal(200);
            expect({ body: '{}' }).to.have.validJsonBody();
            expect('abc').to.have.lengthOf.at.least(4);
            console.log('not reached');
          }));
          console.log(describe('two', () => expect([1]).to.not.be.empty));
          try { expect(1).to.bee(1); } catch (error) { console.log(String(error).slice(0, 36)); }
        }"#,
    );
    result.unwrap();
    assert_eq!(
        stage.lines(),
        [
            "expected 'abc' to have a length at least 4",
            "false",
            "true",
            "Error: expect(): \"bee\" is not known;",
        ]
    );
    assert_eq!(
        stage.samples_of("checks"),
        [
            "1 check=expected status to equal 200 group=::one scenario=default",
            "1 check=expected response to have a valid json body group=::one scenario=default",
            "0 check=expected 'abc' to have a length at least 4 group=::one scenario=default",
            "1 check=expected [1] not to be empty group=::two scenario=default",
        ]
    );
}

#[test]
fn addresses_and_forms_are_built_as_browsers_do() {
    let lines = lines_of(
        r#"import { URL, URLSearchParams } from 'https://jslib.k6.io/url/1.0.0/index.js';
        import { FormData } from 'https://jslib.k6.io/formdata/0.0.2/index.js';
        export default function () {
          const url = new URL('../x?q=ü#f', 'http://User:P@Host:80/a/b/c');
          console.log(url.href, url.origin, url.host);
          url.searchParams.append('k', 'a b');
          url.port = '81';
          console.log(`${url}`, JSON.stringify({ url }));
          console.log(String(new URLSearchParams({ a: '1 2', b: '&' })), URL.canParse('nope'));
          try { new URL('nope'); } catch (error) { console.log(String(error)); }
          const form = new FormData();
          form.append('a', 'b');
          form.append('f', { data: new Uint8Array([120, 121]).buffer, filename: 'n"x', content_type: 't/p' });
          const body = new TextDecoder().decode(form.body()).replaceAll(form.boundary, '-B-');
          console.log(JSON.stringify(body));
        }"#,
    );
    assert_eq!(
        lines,
        [
            "http://User:P@host/a/x?q=%C3%BC#f http://host host",
            "http://User:P@host:81/a/x?q=%C3%BC&k=a+b#f \
             {\"url\":\"http://User:P@host:81/a/x?q=%C3%BC&k=a+b#f\"}",
            "a=1+2&b=%26 false",
            "TypeError: Invalid URL: nope",
            "\"---B-\\r\\nContent-Disposition: form-data; name=\\\"a\\\"\\r\\n\\r\\nb\\r\\n---B-\\r\\n\
             Content-Disposition: form-data; name=\\\"f\\\"; filename=\\\"n%22x\\\"\\r\\n\
             Content-Type: t/p\\r\\n\\r\\nxy\\r\\n---B---\\r\\n\"",
        ]
    );
}

#[test]
fn the_global_crypto_fills_and_digests() {
    let lines = lines_of(
        r#"const tell = (f) => { try { console.log(f()); } catch (e) { console.log(String(e)); } };
        export default async function () {
          const filled = new Uint32Array(new ArrayBuffer(64), 4, 10);
          console.log(crypto.getRandomValues(filled) === filled, filled.some((n) => n > 65536));
          const around = new Uint32Array(filled.buffer);
          console.log(around[0], around[11], around[15]);
          tell(() => crypto.getRandomValues(new Float32Array(2)));
          tell(() => crypto.getRandomValues(new Uint8Array(65537)));
          console.log(crypto.randomUUID().length, crypto.randomUUID()[14]);
          const digest = await crypto.subtle.digest('SHA-1', new Uint8Array([1, 2, 3]));
          console.log([...new Uint8Array(digest)].slice(0, 4).join());
          await crypto.subtle.digest('MD5', filled).catch((error) => console.log(String(error)));
          await crypto.subtle.sign().catch((error) => console.log(error.name));
        }"#,
    );
    assert_eq!(
        lines,
        [
            "true true",
            "0 0 0",
            "GoError: TypeMismatchError: typedArray parameter isn't a TypedArray instance",
            "GoError: QuotaExceededError: typedArray parameter is too big; maximum length is 65536",
            "36 4",
            "112,55,128,113",
            "NotSupportedError: digest() knows no algorithm \"MD5\"",
            "NotSupportedError",
        ]
    );
}
