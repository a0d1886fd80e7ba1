//! A script can neither hang nor crash what runs it.

use std::time::Duration;

use stampede_js::{Iteration, ScriptErrorKind, VuLimits};

use crate::stage::{Stage, iterated, options, run};

#[test]
fn an_endless_loop_lets_others_run_and_can_be_stopped() {
    for body in [
        "while (true) {}",
        "try { while (true) {} } catch (e) { while (true) {} }",
        "try { while (true) {} } finally { while (true) {} }",
        "const f = () => Promise.resolve().then(f); return f();",
        "setInterval(() => {}, 1);",
        "const again = () => setTimeout(again, 0); again();",
    ] {
        run(async {
            let source = format!("export default function () {{ {body} }}");
            let stage = Stage::load(&source).await.unwrap();
            let mut vu = stage.vu().await;
            let interrupter = vu.interrupter();
            // This task only gets its turn when the script's gives way.
            tokio::task::spawn_local(async move {
                let never = std::future::pending::<()>();
                let waited = tokio::time::timeout(Duration::from_millis(30), never).await;
                assert!(waited.is_err());
                interrupter.stop();
            });
            let error = vu.iterate(Iteration::default()).await.unwrap_err();
            assert_eq!(error.kind, ScriptErrorKind::Interrupted, "{body}");
            assert_eq!(stage.samples_of("iterations").len(), 0, "{body}");
        });
    }
}

#[test]
fn a_stopped_user_can_be_called_again() {
    run(async {
        let stage = Stage::load(
            "import { sleep } from 'k6';
            export default function () { if (__ITER === 0) sleep(1000); console.log(__ITER); }",
        )
        .await
        .unwrap();
        let mut vu = stage.vu().await;
        let interrupter = vu.interrupter();
        tokio::task::spawn_local(async move { interrupter.stop() });
        let error = vu.iterate(Iteration::default()).await.unwrap_err();
        assert_eq!(error.kind, ScriptErrorKind::Interrupted);
        vu.iterate(Iteration::default()).await.unwrap();
        assert_eq!(stage.lines(), ["1"]);
    });
}

#[test]
fn a_dropped_call_is_ended_by_the_next() {
    run(async {
        let stage = Stage::load(
            "import { sleep } from 'k6';
            export default function () { if (__ITER === 0) sleep(1000); console.log(__ITER); }",
        )
        .await
        .unwrap();
        let mut vu = stage.vu().await;
        let short = Duration::from_millis(5);
        let call = tokio::time::timeout(short, vu.iterate(Iteration::default())).await;
        assert!(call.is_err(), "the call was still asleep");
        vu.iterate(Iteration::default()).await.unwrap();
        assert_eq!(stage.lines(), ["1"]);
    });
}

#[test]
fn a_user_that_sleeps_can_be_dropped() {
    run(async {
        let stage = Stage::load(
            "import { sleep } from 'k6';
            export default function () { try { sleep(1000); } finally { sleep(1000); } }",
        )
        .await
        .unwrap();
        let mut vu = stage.vu().await;
        let short = Duration::from_millis(5);
        let call = tokio::time::timeout(short, vu.iterate(Iteration::default())).await;
        assert!(call.is_err());
        drop(vu);
    });
}

#[test]
fn deep_recursion_is_an_error_that_can_be_caught() {
    let (stage, result) = iterated(
        "function deep(n) { return deep(n + 1) + 1; }
        const nested = (n) => [1].map(() => nested(n + 1));
        export default function () {
          for (const f of [deep, nested, () => JSON.parse('['.repeat(1e6))]) {
            try { f(0); } catch (e) { console.log(e.name); }
          }
          deep(0);
        }",
    );
    let error = result.unwrap_err();
    assert!(error.message.contains("call stack"), "{}", error.message);
    let lines = stage.lines();
    assert_eq!(lines[..2], ["RangeError", "RangeError"]);
}

#[test]
fn too_much_memory_fails_the_user_alone() {
    run(async {
        let mut options = options(
            "export default function () {
              const all = []; while (true) all.push(new Array(1000).fill(1));
            }",
        );
        options.limits = VuLimits {
            memory_bytes: 8 << 20,
            ..VuLimits::default()
        };
        let stage = Stage::load_with(options).await.unwrap();
        let mut vu = stage.vu().await;
        for _ in 0..2 {
            let error = vu.iterate(Iteration::default()).await.unwrap_err();
            assert_eq!(error.kind, ScriptErrorKind::OutOfMemory, "{error:?}");
        }
    });
}

#[test]
fn a_script_finds_the_globals_that_k6_has_and_no_others_of_the_language() {
    run(async {
        let stage = Stage::load(
            "const named = (names) => names.split(' ').filter((name) => name in globalThis);
            console.log(named(
              'Array ArrayBuffer BigInt DataView Date Float64Array Int8Array JSON Map Math Promise ' +
              'Proxy Reflect RegExp Set Symbol Uint8ClampedArray WeakMap WeakSet eval'
            ).length);
            console.log(named(
              'AsyncDisposableStack Atomics DisposableStack DOMException FinalizationRegistry ' +
              'Float16Array Iterator SharedArrayBuffer SuppressedError WeakRef performance ' +
              'queueMicrotask navigator atob btoa'
            ).length);
            export default function () {}",
        );
        let lines = stage.await.unwrap().lines();
        assert_eq!(lines, ["20", "0"]);
    });
}
