//! `k6`, `k6/metrics`, `k6/execution`, `k6/data` and the globals.

use stampede_js::{Iteration, ScriptErrorKind};

use crate::stage::{Stage, iterated, lines_of, run};

#[test]
fn checks_are_counted_with_their_tags() {
    let (stage, result) = iterated(
        r#"import { check, group } from 'k6';
        export default function () {
          group('outer', () => {
            console.log(check(5, { 'is five': (n) => n === 5, 'is six': (n) => n === 6, plain: 1 },
              { extra: 'x' }));
            group('inner', () => check(1, { deep: true }));
          });
          check(1, { thrown: () => { throw new Error('boo'); } });
        }"#,
    );
    assert_eq!(result.unwrap_err().message, "Error: boo");
    assert_eq!(stage.lines(), ["false"]);
    assert_eq!(
        stage.samples_of("checks"),
        [
            "1 check=is five extra=x group=::outer scenario=default",
            "0 check=is six extra=x group=::outer scenario=default",
            "1 check=plain extra=x group=::outer scenario=default",
            "1 check=deep group=::outer::inner scenario=default",
            "0 check=thrown group= scenario=default",
        ]
    );
    let groups = stage.samples_of("group_duration");
    assert_eq!(groups.len(), 2);
    assert!(
        groups[0].ends_with("group=::outer::inner scenario=default"),
        "{groups:?}"
    );
    assert_eq!(
        stage.samples_of("iterations"),
        ["1 group= scenario=default"]
    );
}

#[test]
fn mistakes_in_checks_and_groups_are_told() {
    let lines = lines_of(
        r#"import { check, group, fail } from 'k6';
        const tell = (f) => { try { console.log(f()); } catch (e) { console.log(String(e)); } };
        export default function () {
          tell(() => check(1));
          tell(() => check(1, null));
          tell(() => check(1, { 'a::b': true }));
          tell(() => group('a::b', () => 1));
          tell(() => group('a', 5));
          tell(() => group('a', async () => 5));
          tell(() => group('a', () => 7));
          tell(() => fail('enough'));
        }"#,
    );
    assert_eq!(
        lines,
        [
            "GoError: no checks provided to `check`",
            "TypeError: Cannot convert undefined or null to object",
            "GoError: group and check names may not contain '::'",
            "GoError: group and check names may not contain '::'",
            "GoError: group() requires a callback as a second argument",
            "GoError: group() does not support async functions as arguments",
            "7",
            "GoError: enough",
        ]
    );
}

#[test]
fn custom_metrics_take_numbers_and_booleans() {
    let (stage, result) = iterated(
        r#"import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
        const c = new Counter('cc'); const g = new Gauge('gg'); const r = new Rate('rr');
        const t = new Trend('tt', true);
        export default function () {
          c.add(2); c.add('3', { a: 1, b: true }); c.add(1, ['x']);
          g.add(5); r.add(true); r.add(0); t.add(12.5);
          console.log(c.add('x'), c.add(), c.name);
          try { c.add(1, { a: {} }); } catch (e) { console.log(e.message); }
          try { new Counter('late'); } catch (e) { console.log(e.message); }
        }"#,
    );
    result.unwrap();
    assert_eq!(
        stage.samples_of("cc"),
        [
            "2 group= scenario=default",
            "3 a=1 b=true group= scenario=default",
            "1 0=x group= scenario=default",
        ]
    );
    assert_eq!(stage.samples_of("rr").len(), 2);
    assert_eq!(stage.samples_of("tt"), ["12.5 group= scenario=default"]);
    let lines = stage.lines();
    assert_eq!(
        lines[..3],
        [
            "'x' is an invalid value for metric 'cc', a number or a boolean value is expected",
            "no value was provided for metric 'cc', a number or a boolean value is expected",
            "false false cc",
        ]
    );
    assert!(
        lines[3].starts_with("cannot add tags for the 'cc' custom metric"),
        "{lines:?}"
    );
    assert_eq!(lines[4], "metrics must be declared in the init context");
}

#[test]
fn execution_tells_where_the_script_is() {
    run(async {
        let stage = Stage::load(
            r#"import exec from 'k6/execution';
            export default function () {
              exec.vu.tags.mine = 5;
              console.log(exec.scenario.name, exec.scenario.iterationInTest, exec.vu.idInTest,
                exec.vu.iterationInScenario, __VU, __ITER, JSON.stringify(exec.vu.tags),
                JSON.stringify(exec.test.options));
              delete exec.vu.tags.mine;
              console.log(Object.keys(exec.vu.tags), 'mine' in exec.vu.tags);
            }
            export function setup() {
              try { exec.scenario.name; } catch (e) { return e.message; }
            }"#,
        )
        .await
        .unwrap();
        let mut vu = stage.vu().await;
        for n in 0..2 {
            let iteration = Iteration {
                in_instance: n,
                in_test: 10 + n,
            };
            vu.iterate(iteration).await.unwrap();
        }
        let tags = r#"{"scenario":"default","group":"","mine":"5"}"#;
        let options = r#"{"consoleOutput":null,"localIPs":null}"#;
        assert_eq!(
            stage.lines(),
            [
                format!("default 10 1 0 1 0 {tags} {options}"),
                r#"[ "scenario", "group" ] false"#.to_owned(),
                format!("default 11 1 1 1 1 {tags} {options}"),
                r#"[ "scenario", "group" ] false"#.to_owned(),
            ]
        );
        let told = vu.setup().await.unwrap().unwrap();
        assert!(told.contains("outside of a scenario"), "{told}");
    });
}

#[test]
fn abort_ends_the_call_and_cannot_be_caught() {
    let (stage, result) = iterated(
        r#"import exec from 'k6/execution';
        export default function () {
          try { exec.test.abort('enough'); } catch (e) { console.log('caught'); }
          console.log('after');
        }"#,
    );
    let error = result.unwrap_err();
    assert_eq!(error.kind, ScriptErrorKind::Aborted);
    assert_eq!(stage.bundle.abort_reason().unwrap(), "test aborted: enough");
    assert_eq!(stage.lines(), [""; 0]);
}

#[test]
fn shared_arrays_are_arrays_that_cannot_be_changed() {
    let lines = lines_of(
        r#"import { SharedArray } from 'k6/data';
        const s = new SharedArray('n', () => [{ a: 1 }, { b: [1, 2] }, 'x', 5]);
        export default function () {
          console.log(s.length, Array.isArray(s), JSON.stringify(s), s[9], [...s].length,
            Object.keys(s).join(), s.map((x) => typeof x).join(), Object.isFrozen(s[1].b),
            s.indexOf(5), s.includes('x'), s.slice(1).length);
          for (const change of [() => { s[0] = 1; }, () => s.push(1), () => { s[0].a = 2; }]) {
            try { change(); console.log('changed'); } catch (e) { console.log(e.name); }
          }
          try { new SharedArray('m', () => []); } catch (e) { console.log(e.message); }
        }"#,
    );
    assert_eq!(
        lines,
        [
            "4 true [{\"a\":1},{\"b\":[1,2]},\"x\",5] undefined 4 0,1,2,3 \
             object,object,string,number true 3 true 3",
            "TypeError",
            "TypeError",
            "TypeError",
            "new SharedArray must be called in the init context",
        ]
    );
}

#[test]
fn values_are_written_as_k6_writes_them() {
    let lines = lines_of(
        r#"export default function () {
          console.log({ a: 1, b: [1, 2], 'c-d': 'x' }, [1, 'a', [2]], null, undefined, 1.5, true);
          console.log(new Error('x')); console.log(() => 1); console.log(Symbol('s'));
          console.log(new Date(0)); console.log([]); console.log({});
          console.log([undefined, null, () => 1]); console.log(new Uint8Array([1, 2]));
          console.log(new Uint8Array([0, 16]).buffer);
          const o = { n: 1 }; o.self = o; console.log(o);
          console.log({ e: new Error('in') }, 1e21, 10n); console.log();
        }"#,
    );
    assert_eq!(
        lines,
        [
            r#"{ a: 1, b: [ 1, 2 ], c-d: "x" } [ 1, "a", [ 2 ] ] null undefined 1.5 true"#,
            "Error: x",
            "[object Function]",
            "s",
            r#""1970-01-01T00:00:00.000Z""#,
            "[]",
            "{}",
            "[ null, null, [object Function] ]",
            "Uint8Array(2) [ 1, 2 ]",
            "ArrayBuffer { [Uint8Contents]: <00 10>, byteLength: 2 }",
            "{ n: 1, self: [Circular] }",
            "{ e: Error: in } 1e+21 10",
            "",
        ]
    );
}

#[test]
fn timers_and_promises_end_before_the_iteration_does() {
    let lines = lines_of(
        r#"export default async function () {
          setTimeout((x) => console.log('second', x), 20, 'arg');
          setTimeout(() => console.log('first'), 1);
          const gone = setTimeout(() => console.log('never'), 1); clearTimeout(gone);
          let n = 0;
          const every = setInterval(() => {
            if (++n === 3) { clearInterval(every); console.log(n); }
          }, 1);
          console.log(await Promise.resolve('now'));
        }"#,
    );
    assert_eq!(lines[0], "now");
    let mut rest = lines[1..].to_vec();
    assert_eq!(rest.pop().unwrap(), "second arg");
    rest.sort();
    assert_eq!(rest, ["3", "first"]);
}

#[test]
fn rejections_and_errors_in_timers_fail_the_iteration() {
    for (source, message) in [
        (
            "async () => { throw new Error('a'); }",
            "Uncaught (in promise) Error: a",
        ),
        (
            "() => { Promise.reject(new Error('b')); }",
            "Uncaught (in promise) Error: b",
        ),
        (
            "() => { setTimeout(() => { throw new Error('c'); }, 1); }",
            "Error: c",
        ),
        (
            "() => { Promise.reject(1).catch(() => {}); throw 'text'; }",
            "text",
        ),
    ] {
        let lines = lines_of(&format!("export default {source}"));
        assert_eq!(lines, [format!("threw {message}")]);
    }
}

#[test]
fn the_same_seed_draws_the_same_numbers() {
    let lines = lines_of(
        r#"import { randomSeed } from 'k6';
        export default function () {
          randomSeed(7); const a = [Math.random(), Math.random()];
          randomSeed(7); const b = [Math.random(), Math.random()];
          console.log(a[0] === b[0], a[1] === b[1], a[0] !== a[1], a[0] >= 0 && a[0] < 1);
        }"#,
    );
    assert_eq!(lines, ["true true true true"]);
}

#[test]
fn texts_become_bytes_and_back() {
    let lines = lines_of(
        r#"export default function () {
          const bytes = new TextEncoder().encode('ü€');
          console.log(bytes.length, new TextDecoder().decode(bytes), typeof btoa, typeof global);
          __ENV.N = 1; console.log(typeof __ENV.N, __ENV.NOPE);
        }"#,
    );
    assert_eq!(lines, ["5 ü€ undefined object", "string undefined"]);
}

#[test]
fn setup_data_has_the_forms_that_k6_gives_it() {
    run(async {
        for (value, expected) in [
            ("1n", Ok("1")),
            (
                "({ b: 1, a: undefined, s: Symbol('x') })",
                Ok(r#"{"a":null,"b":1,"s":"x"}"#),
            ),
            (
                "new Map([[1, { z: 1, y: 2 }]])",
                Ok(r#"[[1,{"y":2,"z":1}]]"#),
            ),
            (
                "[new Date(0), new Date(NaN), /x/]",
                Ok(r#"["1970-01-01T00:00:00Z",null,{}]"#),
            ),
            ("() => 1", Err("a function is no data")),
            ("({ n: NaN })", Err("NaN is no data")),
            ("({ toJSON() { return 1; } })", Err("a function is no data")),
            (
                "(() => { const a = { b: [] }; a.b.push(a); return a; })()",
                Err("circular"),
            ),
        ] {
            let source = format!(
                "export function setup() {{ return {value}; }} export default function () {{}}"
            );
            let stage = Stage::load(&source).await.unwrap();
            let mut vu = stage.vu().await;
            match (vu.setup().await, expected) {
                (Ok(told), Ok(expected)) => assert_eq!(told.as_deref(), Some(expected), "{value}"),
                (Err(error), Err(expected)) => {
                    assert_eq!(error.kind, ScriptErrorKind::Shape);
                    assert!(error.message.contains(expected), "{}", error.message);
                }
                (told, _) => panic!("{value}: {told:?}"),
            }
        }
    });
}

#[test]
fn a_group_without_a_name_at_the_root_is_the_root() {
    let (stage, result) = iterated(
        "import { check, group } from 'k6';
        export default function () {
          group('', () => check(1, { a: true }));
          group('x', () => group(undefined, () => check(1, { b: true })));
        }",
    );
    result.unwrap();
    let checks = stage.samples_of("checks");
    assert!(checks[0].contains("group= "), "{checks:?}");
    assert!(checks[1].contains("group=::x:: "), "{checks:?}");
}
