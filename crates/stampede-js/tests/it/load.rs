//! Loading: modules of all kinds, options, exports, and what goes wrong.

use std::fs;

use stampede_js::{Iteration, ScriptErrorKind};

use crate::stage::{Stage, options, run};

async fn message_of(source: &str) -> String {
    match Stage::load(source).await {
        Ok(_) => panic!("this loads: {source}"),
        Err(error) => error.full(),
    }
}

#[test]
fn options_and_exports_are_read() {
    run(async {
        let mut options = options(
            "export let options = { vus: 1 };
            options = { vus: Number(__ENV.N), stages: [{ duration: '1s', target: 2 }] };
            export default function () {} export function other() {} export const text = 'x';
            export { other as alias };",
        );
        options.env.insert("N".to_owned(), "7".to_owned());
        let stage = Stage::load_with(options).await.unwrap();
        let exports = stage.bundle.exports();
        assert_eq!(exports.functions, ["alias", "default", "other"]);
        let expected = r#"{"vus":7,"stages":[{"duration":"1s","target":2}]}"#;
        assert_eq!(exports.options_json.as_deref(), Some(expected));
        assert!(exports.has("other") && !exports.has("text"));
    });
}

#[test]
fn a_name_that_a_module_of_ours_does_not_have_is_undefined() {
    run(async {
        let source = "import http, { Response, get } from 'k6/http';
            import { randomInt } from 'k6';
            export const options = { tags: { seen: `${typeof Response} ${typeof randomInt} \
${typeof get} ${typeof http.post}` } };
            export default function () {}";
        let stage = Stage::load(source).await.unwrap();
        let options = stage.bundle.exports().options_json.clone().unwrap();
        let expected = "undefined undefined function function";
        assert!(options.contains(expected), "{options}");
        let lines = stage.lines().join("\n");
        assert!(
            lines.contains("'Response' is not in the module k6/http"),
            "{lines}"
        );
        let many: Vec<String> = (0..40).map(|idx| format!("n{idx}")).collect();
        let source = format!(
            "import {{ {} }} from 'k6'; export default () => {{}};",
            many.join(",")
        );
        let told = message_of(&source).await;
        assert!(told.contains("Could not find export"), "{told}");
    });
}

#[test]
fn options_that_are_no_data_are_refused_as_data() {
    run(async {
        for (options, told) in [
            ("() => 1", "a function is no data"),
            ("{ vus: NaN }", "NaN is no data"),
            ("{ tags: { a: () => 1 } }", "a function is no data"),
        ] {
            let source = format!("export const options = {options}; export default () => {{}};");
            let error = Stage::load(&source).await.err().unwrap();
            assert_eq!(error.kind, ScriptErrorKind::Shape, "{options}");
            assert!(error.message.contains(told), "{}", error.message);
        }
        let source = "export const options = { vus: 2n, b: 1, a: undefined };
            export default function () {}";
        let stage = Stage::load(source).await.unwrap();
        let options = stage.bundle.exports().options_json.as_deref();
        assert_eq!(options, Some(r#"{"vus":2,"b":1}"#));
    });
}

#[test]
fn an_import_that_fails_is_told_with_its_line() {
    run(async {
        for (import, column) in [
            ("import { a } from './none.js';", 19),
            ("import a from 'lodash';", 15),
            ("import * as a from 'k6/none';", 20),
            ("export * from './none.js';", 15),
        ] {
            let source = format!("import http from 'k6/http';\n{import}");
            let error = Stage::load(&source).await.err().unwrap();
            let place = error.place.as_ref().expect("the place of the import");
            assert_eq!((place.line, place.column), (2, column), "{import}");
            assert_eq!(place.source_line.as_deref(), Some(import));
        }
    });
}

#[test]
fn namespaces_of_k6_have_no_default() {
    run(async {
        let stage = Stage::load(
            "import * as all from 'k6/encoding'; import one from 'k6/encoding';
            console.log(Object.keys(all).join(), typeof all.default, one.b64encode('a'));
            export default function () {}",
        );
        let stage = stage.await.unwrap();
        assert_eq!(stage.lines(), ["b64decode,b64encode undefined YQ=="]);
    });
}

#[test]
fn files_of_all_kinds_are_imported() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("sub")).unwrap();
    for (name, text) in [
        (
            "main.js",
            "import d, { text, f } from './sub/lib.js'; import cjs, { a } from './sub/cjs.js';
            import data from './data.json'; import * as all from './sub/cjs.js';
            const again = require('./sub/lib.js'); const bytes = open('./data.json', 'b');
            console.log(text, d.q, JSON.stringify(cjs), a, data.n, JSON.stringify(all),
              again.text, typeof require('k6/http').get, bytes.byteLength,
              import.meta.resolve('./x'));
            export default function () { f(); }",
        ),
        (
            "sub/lib.js",
            "export const text = open('./hello.txt'); export default { q: 1 };
            export { f } from './deep.js';",
        ),
        (
            "sub/deep.js",
            "export function f() { console.log('deep'); }",
        ),
        (
            "sub/cjs.js",
            "exports.a = 1; exports.z = require('./other.js').z; x = 5;",
        ),
        ("sub/other.js", "module.exports = { z: 5 };"),
        ("sub/hello.txt", "hello"),
        ("data.json", r#"{"n":3}"#),
    ] {
        fs::write(path(name), text).unwrap();
    }
    run(async {
        let mut options = options("");
        (options.path, options.source) = (path("main.js"), None);
        let stage = Stage::load_with(options).await.unwrap();
        let mut vu = stage.vu().await;
        vu.iterate(Iteration::default()).await.unwrap();
        let at = directory.path().display();
        let told = format!(
            "hello 1 {{\"a\":1,\"z\":5}} 1 3 {{\"a\":1,\"default\":{{\"a\":1,\"z\":5}},\"z\":5}} \
             hello function 7 file://{at}/x"
        );
        assert_eq!(stage.lines(), [told.clone(), told, "deep".to_owned()]);
        assert_eq!(stage.bundle.files().len(), 7);
    });
}

#[test]
fn a_script_can_be_a_common_module() {
    run(async {
        let source = "const { check } = require('k6');
            module.exports.options = { vus: 2 };
            module.exports.default = function () { console.log(typeof check); };";
        let stage = Stage::load(source).await.unwrap();
        assert_eq!(
            stage.bundle.exports().options_json.as_deref(),
            Some(r#"{"vus":2}"#)
        );
        let mut vu = stage.vu().await;
        vu.iterate(Iteration::default()).await.unwrap();
        assert_eq!(stage.lines(), ["function"]);
    });
}

#[test]
fn what_goes_wrong_names_its_place() {
    run(async {
        let told =
            message_of("import http from 'k6/http';\nexport default function () { const a = ; }")
                .await;
        assert!(told.contains("file:///test/script.js:2:"), "{told}");
        assert!(
            told.contains("2 | export default function () { const a = ; }"),
            "{told}"
        );

        let told = message_of("const a = 1;\nfoo();\nexport default function () {}").await;
        assert!(
            told.starts_with("ReferenceError: foo is not defined"),
            "{told}"
        );
        assert!(told.contains("2 | foo();\n  | ^"), "{told}");

        let told = message_of("import x from 'k6/nope'; export default x;").await;
        assert!(
            told.contains("\"k6/nope\"") && told.contains("k6/metrics"),
            "{told}"
        );

        let told = message_of("import x from './gone.js'; export default x;").await;
        assert!(told.contains("/test/gone.js"), "{told}");

        let told = message_of("const a = 1;").await;
        assert_eq!(told, "no exported functions in script");

        let told = message_of("open('gone.csv'); export default function () {}").await;
        assert!(told.contains("cannot open /test/gone.csv"), "{told}");
    });
}

#[test]
fn an_error_in_an_iteration_names_its_place() {
    run(async {
        let source =
            "function inner() {\n  null.foo;\n}\nexport default function () {\n  inner();\n}";
        let stage = Stage::load(source).await.unwrap();
        let mut vu = stage.vu().await;
        let error = vu.iterate(Iteration::default()).await.unwrap_err();
        assert!(
            error.message.starts_with("TypeError: "),
            "{}",
            error.message
        );
        let place = error.place.clone().unwrap();
        assert_eq!(
            (place.file.as_str(), place.line),
            ("file:///test/script.js", 2)
        );
        assert!(error.stack.contains("at inner ("), "{}", error.stack);
        assert!(error.full().contains("2 |   null.foo;"), "{}", error.full());
    });
}

#[test]
fn open_and_require_belong_to_the_top_level() {
    run(async {
        let source = "export default function () {
            for (const f of [() => open('x'), () => require('k6')]) {
              try { f(); } catch (e) { console.log(e.message); }
            } }";
        let stage = Stage::load(source).await.unwrap();
        let mut vu = stage.vu().await;
        vu.iterate(Iteration::default()).await.unwrap();
        let lines = stage.lines();
        assert!(lines[0].starts_with("the \"open\" function is only available in the init stage"));
        assert!(lines[1].starts_with("the \"require\" function is only available"));
    });
}

#[test]
fn each_user_has_its_own_copy_of_the_data() {
    run(async {
        let source = "export function setup() { return { n: 1, u: undefined, d: new Date(0) }; }
            export default function (data) { data.n++; console.log(JSON.stringify(data)); }
            export function teardown(data) { console.log('teardown', data.n); }";
        let stage = Stage::load(source).await.unwrap();
        let mut vu = stage.vu().await;
        let data = vu.setup().await.unwrap().unwrap();
        let shared: std::sync::Arc<str> = data.into();
        let mut other = stage.vu().await;
        for vu in [&mut vu, &mut other] {
            vu.set_data(Some(std::sync::Arc::clone(&shared)))
                .await
                .unwrap();
        }
        vu.iterate(Iteration::default()).await.unwrap();
        vu.iterate(Iteration::default()).await.unwrap();
        other.iterate(Iteration::default()).await.unwrap();
        other.set_data(Some(shared)).await.unwrap();
        other.teardown().await.unwrap();
        let lines = stage.lines();
        // Keys are sorted, and what is undefined is null.
        assert_eq!(lines[0], r#"{"d":"1970-01-01T00:00:00Z","n":2,"u":null}"#);
        assert!(lines[1].contains("\"n\":3"), "{lines:?}");
        assert!(lines[2].contains("\"n\":2"), "{lines:?}");
        assert_eq!(lines[3], "teardown 1");
    });
}

#[test]
fn what_is_no_data_is_refused() {
    run(async {
        let source = "export function setup() { return { deep: [() => 1] }; }
            export default function () {}";
        let stage = Stage::load(source).await.unwrap();
        let mut vu = stage.vu().await;
        let error = vu.setup().await.unwrap_err();
        assert_eq!(error.kind, ScriptErrorKind::Shape);
        assert!(error.message.contains("a function is no data"), "{error}");
    });
}

#[test]
fn a_summary_is_files_by_path() {
    run(async {
        let source = "export default function () {}
            export function handleSummary(data) {
              return { stdout: data.metrics.x + '\\n', 'out/b.bin': new Uint8Array([1, 2]).buffer };
            }";
        let stage = Stage::load(source).await.unwrap();
        let mut vu = stage.vu().await;
        let files = vu
            .handle_summary(r#"{"metrics":{"x":"y"}}"#.to_owned())
            .await
            .unwrap();
        let expected = vec![
            ("stdout".to_owned(), b"y\n".to_vec()),
            ("out/b.bin".to_owned(), vec![1, 2]),
        ];
        assert_eq!(files, Some(expected));

        let stage = Stage::load("export default function () {}").await.unwrap();
        let mut vu = stage.vu().await;
        assert_eq!(vu.handle_summary("{}".to_owned()).await.unwrap(), None);
        assert_eq!(vu.setup().await.unwrap(), None);
    });
}

#[test]
fn a_missing_function_is_told_by_name() {
    run(async {
        let stage = Stage::load("export function other() {}").await.unwrap();
        let mut vu = stage.vu().await;
        let error = vu.iterate(Iteration::default()).await.unwrap_err();
        assert_eq!(error.kind, ScriptErrorKind::Shape);
        assert!(error.message.contains("'default'"), "{}", error.message);
    });
}
