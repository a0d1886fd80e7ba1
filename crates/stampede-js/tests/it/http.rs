//! `k6/http` against a server.

use stampede_js::Level;

use crate::stage::{Stage, iterated, lines_of, run};

#[test]
fn a_post_with_checks_is_recorded_as_k6_does() {
    let (stage, result) = iterated(
        r#"import http from 'k6/http'; import { check, sleep } from 'k6';
        export default function () {
          const r = http.post('{{server}}/echo?x=1', JSON.stringify({ seat: 7 }),
            { headers: { 'Content-Type': 'application/json', 'X-A': 1 }, tags: { kind: 'post' } });
          check(r, { 'is 200': (r) => r.status === 200,
            'has body': (r) => JSON.parse(r.body).body === '{"seat":7}' });
          console.log(r.json('method'), r.json('headers.#(0=="x-a").1'), r.json('list.#.v').join());
          sleep(0.001);
        }"#,
    );
    result.unwrap();
    assert_eq!(stage.lines(), ["POST 1 1,2"]);
    assert_eq!(stage.samples_of("checks").len(), 2);
    assert!(
        stage
            .samples_of("checks")
            .iter()
            .all(|check| check.starts_with('1'))
    );
    let requests = stage.samples_of("http_reqs");
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert!(request.starts_with("1 expected_response=true group= kind=post method=POST name=http"));
    assert!(
        request.contains("/echo?x=1 proto=HTTP/1.1 scenario=default status=200 url=http://127"),
        "{request}"
    );
    assert_eq!(stage.samples_of("http_req_failed").len(), 1);
    for metric in [
        "duration",
        "blocked",
        "connecting",
        "sending",
        "waiting",
        "receiving",
    ] {
        assert_eq!(
            stage.samples_of(&format!("http_req_{metric}")).len(),
            1,
            "{metric}"
        );
    }
    for metric in ["data_sent", "data_received"] {
        let bytes = stage.samples_of(metric);
        assert!(
            bytes.len() == 1 && !bytes[0].starts_with("0 "),
            "{metric} {bytes:?}"
        );
    }
}

#[test]
fn a_response_has_all_that_k6_gives_it() {
    let lines = lines_of(
        r#"import http from 'k6/http';
        export default function () {
          const r = http.post('{{server}}/echo', { b: 2, a: [1, 'z'], c: 'q r' },
            { cookies: { ck: 'v1' } });
          console.log(Object.keys(r).join());
          console.log(r.status_text, r.proto, r.remote_ip, r.headers['X-Multi'],
            r.headers['Content-Type'], r.error, r.error_code, typeof r.timings.duration,
            r.timings === r.timings, r.body === r.body, r.json('body'));
          console.log(JSON.stringify(r.request.cookies), r.request.method, r.request.body);
          console.log(r.request.headers['Content-Type'][0], JSON.parse(JSON.stringify(r)).status);
          r.status = 5; console.log(r.status);
          try { r.foo = 1; } catch (e) { console.log(String(e)); }
          console.log(r.nope, 'status' in r, typeof r.json, r.hasOwnProperty('status'));
        }"#,
    );
    assert_eq!(
        lines,
        [
            "remote_ip,remote_port,url,status,status_text,proto,headers,cookies,body,timings,\
             tls_version,tls_cipher_suite,ocsp,error,error_code,request,clickLink,html,json,\
             submitForm",
            "200 OK HTTP/1.1 127.0.0.1 1, 2 application/json  0 number true true \
             a=1&a=z&b=2&c=q+r",
            r#"{"ck":[{"name":"ck","value":"v1","replace":false}]} POST a=1&a=z&b=2&c=q+r"#,
            "application/x-www-form-urlencoded 200",
            "5",
            "TypeError: Cannot assign to property foo of a host object",
            "undefined true function true",
        ]
    );
}

#[test]
fn every_verb_is_sent() {
    let lines = lines_of(
        r#"import http from 'k6/http';
        const u = '{{server}}/echo';
        export default function () {
          console.log([http.get(u), http.post(u), http.put(u, 'x'), http.patch(u, 'x'),
            http.del(u), http.options(u), http.request('get', u)]
            .map((r) => r.json('method')).join());
          console.log(http.head(u).body, http.get(u, { responseType: 'none' }).body,
            http.get('{{server}}/bytes', { responseType: 'binary' }).body.byteLength);
        }"#,
    );
    assert_eq!(lines, ["GET,POST,PUT,PATCH,DELETE,OPTIONS,get", " null 4"]);
}

#[test]
fn statuses_are_judged_by_the_callback() {
    let (stage, result) = iterated(
        r#"import http from 'k6/http';
        export default function () {
          http.get('{{server}}/status/409');
          const two = http.expectedStatuses(409, { min: 500, max: 503 });
          http.get('{{server}}/status/409', { responseCallback: two });
          http.get('{{server}}/status/409', { responseCallback: null });
          http.setResponseCallback(http.expectedStatuses({ min: 400, max: 499 }));
          http.get('{{server}}/status/409', { tags: { name: 'refused' } });
          try { http.setResponseCallback(5); } catch (e) { console.log(e.message); }
          try { http.expectedStatuses('x'); } catch (e) { console.log(e.message); }
        }"#,
    );
    result.unwrap();
    let failed: Vec<_> = stage.samples_of("http_req_failed");
    assert_eq!(
        failed.iter().map(|line| &line[..1]).collect::<String>(),
        "100"
    );
    let requests = stage.samples_of("http_reqs");
    assert!(
        requests[0].contains("error_code=1409 expected_response=false"),
        "{requests:?}"
    );
    assert!(!requests[2].contains("expected_response"), "{requests:?}");
    assert!(
        requests[3]
            .ends_with("name=refused proto=HTTP/1.1 scenario=default status=409 url=refused")
    );
    assert_eq!(stage.lines().len(), 2);
}

#[test]
fn a_failed_request_is_a_response_with_an_error() {
    let source = r#"import http from 'k6/http';
        export default function () {
          const r = http.get('http://127.0.0.1:1/');
          console.log(r.status, r.error_code, r.body, r.error);
          try { r.json(); } catch (e) { console.log(e.message.slice(0, 16)); }
          console.log(http.get(null).error_code, http.get('{{server}}', { timeout: 'abc' }).error,
            http.post('{{server}}', 5).error);
          console.log(http.get('{{server}}/stall', { timeout: 20 }).error_code,
            http.get('{{server}}/stall', { timeout: '20ms' }).error);
        }"#;
    let (stage, result) = iterated(source);
    result.unwrap();
    assert_eq!(
        stage.lines_at(Level::Info),
        [
            "0 1212 null dial: connection refused",
            "the body is null",
            "1020 invalid timeout value: time: invalid duration \"abc\" unknown request body type \
             int64",
            "1050 request timeout",
        ]
    );
    let warned = stage.lines_at(Level::Warn);
    assert_eq!(warned.len(), 6);
    assert!(
        warned[0].starts_with("Request Failed error=Get \"http://127.0.0.1:1/\""),
        "{warned:?}"
    );
}

#[test]
fn a_run_that_throws_makes_failures_exceptions() {
    run(async {
        let source = "import http from 'k6/http';
            export default function () { http.get('http://127.0.0.1:1/'); }";
        let mut stage = Stage::load(source).await.unwrap();
        stage.settings.throw = true;
        let mut vu = stage.vu().await;
        let error = vu
            .iterate(stampede_js::Iteration::default())
            .await
            .unwrap_err();
        assert!(
            error
                .message
                .starts_with("GoError: Get \"http://127.0.0.1:1/\""),
            "{error}"
        );
        assert_eq!(stage.samples_of("http_req_failed").len(), 1);
    });
}

#[test]
fn requests_at_the_top_level_are_refused() {
    run(async {
        let source = "import http from 'k6/http'; http.get('http://127.0.0.1:1/');
            export default function () {}";
        let Err(error) = Stage::load(source).await else {
            panic!("it loads")
        };
        assert!(
            error.message.contains("http requests in the init context"),
            "{error}"
        );
    });
}

#[test]
fn cookies_are_kept_for_an_iteration_and_redirects_followed() {
    let (stage, result) = iterated(
        r#"import http from 'k6/http';
        export default function () {
          const r = http.get('{{server}}/cookies');
          console.log(r.cookies.a[0].value, r.cookies.a[0].http_only, r.cookies.a[0].max_age,
            r.cookies.b[0].value, JSON.stringify(http.cookieJar().cookiesForURL('{{server}}/')));
          http.cookieJar().set('{{server}}', 'c', '3');
          const seen = http.get('{{server}}/redirect').json('headers.#(0=="cookie").1');
          console.log(seen.split('; ').sort().join());
          const own = new http.CookieJar(); own.set('{{server}}/', 'only', 'x');
          console.log(http.get('{{server}}/echo', { jar: own }).json('headers.#(0=="cookie").1'));
        }"#,
    );
    result.unwrap();
    assert_eq!(
        stage.lines(),
        [
            "1 true 100 2 {\"a\":[\"1\"],\"b\":[\"2\"]}",
            "a=1,b=2,c=3",
            "only=x"
        ]
    );
    // The redirect and what it leads to are both counted.
    let requests = stage.samples_of("http_reqs");
    assert_eq!(requests.len(), 4);
    assert!(requests[1].contains("status=302"), "{requests:?}");
}

#[test]
fn batches_answer_in_the_shape_of_the_question() {
    let (stage, result) = iterated(
        r#"import http from 'k6/http';
        const u = '{{server}}/echo';
        export default function () {
          const list = http.batch([u, ['POST', u, 'b1'], { method: 'PUT', url: u, body: 'b2',
            params: { tags: { name: 'put' } } }]);
          console.log(list.length, list.map((r) => r.json('method') + r.json('body')).join());
          const named = http.batch({ one: u, two: ['DELETE', u] });
          console.log(Object.keys(named).join(), named.two.json('method'));
        }"#,
    );
    result.unwrap();
    assert_eq!(stage.lines(), ["3 GET,POSTb1,PUTb2", "one,two DELETE"]);
    assert_eq!(stage.samples_of("http_reqs").len(), 5);
}

#[test]
fn requests_in_the_background_overlap() {
    let lines = lines_of(
        r#"import http from 'k6/http';
        export default async function () {
          const began = Date.now();
          const all = [1, 2, 3, 4, 5].map(() => http.asyncRequest('GET', '{{server}}/slow'));
          console.log('sent');
          const answers = await Promise.all(all);
          console.log(answers.map((r) => r.status).join(), Date.now() - began < 140);
        }"#,
    );
    assert_eq!(lines, ["sent", "200,200,200,200,200 true"]);
}

#[test]
fn files_are_sent_as_parts_and_templates_name_requests() {
    let (stage, result) = iterated(
        r#"import http from 'k6/http';
        export default function () {
          const file = http.file('data', 'a.txt', 'text/plain');
          const r = http.post('{{server}}/echo', { f: file, n: 1 });
          const part = 'filename="a.txt"\r\nContent-Type: text/plain\r\n\r\ndata\r\n';
          const type = r.json('headers.#(0=="content-type").1');
          console.log(type.startsWith('multipart/form-data; boundary='),
            r.json('body').includes('name="f"; ' + part),
            r.json('body').includes('name="n"\r\n\r\n1\r\n'));
          http.get(http.url`{{server}}/echo/${7}`);
          console.log(http.post('{{server}}/echo', { a: null, b: [1, undefined] }).json('body'));
          console.log(http.post('{{server}}/echo', [1]).body, http.batch([null])[0].status);
          try { http.batch(5); } catch (e) { console.log(e.name); }
        }"#,
    );
    result.unwrap();
    let nil = "a=%3Cnil%3E&b=1&b=%3Cnil%3E";
    let expected = ["true true true", nil, "Uint8Array(0) [] 0", "GoError"];
    assert_eq!(stage.lines_at(Level::Info), expected);
    let requests = stage.samples_of("http_reqs");
    assert!(requests[1].contains("/echo/${} "), "{requests:?}");
}

#[test]
fn links_are_clicked_and_forms_submitted() {
    let lines = lines_of(
        r#"import http from 'k6/http';
        const page = `<a href="/echo?l=1">t</a><a class="b" href="other">u</a>
          <form id="f1"><input name="a" value="1"><input type="submit" name="go" value="Go"></form>
          <form id="f2" method="POST" action="/echo?q=0"><input name="b" value="2 3">
          <select name="s"><option value="o1">1<option value="o2" selected>2</select>
          <textarea name="t">hi</textarea>
          <button type="submit" name="btn" value="B">x</button></form>`;
        export default function () {
          const r = http.post('{{server}}/page', page);
          console.log(r.html().find('a').size(), r.html('a.b').text());
          const show = (q) =>
            console.log(...['method', 'path', 'query', 'body'].map((name) => q.json(name)));
          show(r.clickLink());
          show(r.clickLink({ selector: 'a.b' }));
          console.log(r.submitForm({ formSelector: '#f1' }).request.url.split('/').pop());
          show(r.submitForm({ formSelector: '#f2', fields: { b: 'over', n: 'new' } }));
          show(r.submitForm({ formSelector: '#f2', submitSelector: '#nope' }));
          const none = [() => r.clickLink({ selector: 'x' }),
            () => r.submitForm({ formSelector: 'x' })];
          for (const f of none) {
            try { f(); } catch (e) { console.log(e.message.split("'")[0]); }
          }
        }"#,
    );
    assert_eq!(
        lines,
        [
            "2 u",
            "GET /echo l=1 ",
            "GET /other null ",
            "page?a=1&go=Go",
            "POST /echo q=0 b=over&btn=B&n=new&s=o2&t=hi",
            "POST /echo q=0 b=2+3&s=o2&t=hi",
            "no element found for selector ",
            "no form found for selector ",
        ]
    );
}
