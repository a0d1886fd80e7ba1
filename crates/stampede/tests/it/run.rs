//! `stampede run` as its users see it: exit codes, counts, and what cannot keep a run from ending.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A run of a script from standard input's stead: a file in a directory of its own.
struct Run {
    output: Output,
    summary: Option<Value>,
}

impl Run {
    fn exit(&self) -> i32 {
        self.output.status.code().unwrap()
    }

    fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// The count of a counter, 0 if it never counted.
    fn count(&self, metric: &str) -> u64 {
        let summary = self.summary.as_ref().expect("the run has a summary");
        let count = &summary["metrics"][metric]["count"];
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of a test are small whole numbers"
        )]
        let count = count.as_f64().unwrap_or(0.0) as u64;
        count
    }
}

fn run(script: &str, args: &[&str]) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("script.js");
    std::fs::write(&path, script).unwrap();
    run_file(directory.path(), args)
}

fn run_file(directory: &Path, args: &[&str]) -> Run {
    let export = directory.join("summary.json");
    let output = Command::new(env!("CARGO_BIN_EXE_stampede"))
        .current_dir(directory)
        .args(["run", "--quiet", "--summary-export"])
        .arg(&export)
        .args(args)
        .arg("script.js")
        .output()
        .unwrap();
    let summary = std::fs::read_to_string(&export).ok();
    let summary = summary.map(|text| serde_json::from_str(&text).unwrap());
    Run { output, summary }
}

#[test]
fn every_end_of_a_run_has_the_number_that_k6_gives_it() {
    for (exit, script) in [
        (0, "export default function () {}"),
        (
            99,
            "import { Counter } from 'k6/metrics'; const c = new Counter('mine');
             export const options = { thresholds: { mine: ['count>1'] } };
             export default function () { c.add(1); }",
        ),
        (
            104,
            "export const options = { vus: 'x' }; export default function () {}",
        ),
        (107, "throw new Error('no'); export default function () {}"),
        (
            107,
            "import x from 'k6/nothing'; export default function () {}",
        ),
        (
            107,
            "export function setup() { throw new Error('no'); } export default function () {}",
        ),
        (
            108,
            "import exec from 'k6/execution';
             export default function () { exec.test.abort('enough'); }",
        ),
        (
            110,
            "import exec from 'k6/execution';
             export default function () { exec.test.fail('bad'); }",
        ),
        (255, "export const nothing = 1;"),
    ] {
        let ended = run(script, &[]);
        assert_eq!(ended.exit(), exit, "{script}\n{}", ended.stderr());
    }
    assert_eq!(
        run("export default function () {}", &["--no-such-flag"]).exit(),
        255
    );
    let nowhere = tempfile::tempdir().unwrap();
    assert_eq!(
        run_file(nowhere.path(), &[]).exit(),
        255,
        "a script that is not there"
    );
}

#[test]
fn a_script_error_names_file_line_and_the_source() {
    let ended = run("export default function () {\n  boom();\n}\n", &[]);
    assert_eq!(ended.exit(), 0, "an iteration that throws is an iteration");
    assert_eq!(ended.count("iterations"), 1);
    let stderr = ended.stderr();
    assert!(stderr.contains("script.js:2"), "{stderr}");
    assert!(stderr.contains("2 |   boom();"), "{stderr}");
}

#[test]
fn problems_of_options_thresholds_and_hosts_are_told_together() {
    let script = "export const options = { vus: 'x', dns: { ttl: 'soon' },
        thresholds: { nope: ['count<1'], http_reqs: ['p(95)<1'] } };
        export default function () {}";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 104);
    for part in ["vus", "dns.ttl", "nope", "http_reqs"] {
        assert!(ended.stderr().contains(part), "{part}: {}", ended.stderr());
    }
    let script = "export const options = { thresholds: { nope: ['count<1'] },
        scenarios: { a: { executor: 'constant-vus', vus: 0, duration: '1s' } } };
        export default function () {}";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 104);
    for part in ["scenarios.a.vus", "nope"] {
        assert!(ended.stderr().contains(part), "{part}: {}", ended.stderr());
    }
}

#[test]
fn a_host_that_leads_nowhere_is_warned_of_and_never_looked_up() {
    let script = "import http from 'k6/http'; import { check } from 'k6';
        export const options = { hosts: { 'example.com': 'nonsense' } };
        export default function () {
            const r = http.get('http://example.com:1/');
            check(r, { refused: (r) => r.error.includes('refused') });
        }";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0, "as with k6");
    assert!(
        ended.stderr().contains("hosts.example.com"),
        "{}",
        ended.stderr()
    );
    let summary = ended.summary.unwrap();
    assert_eq!(summary["metrics"]["checks"]["passes"], 1, "{summary}");
}

#[test]
fn a_test_that_is_too_short_for_its_iterations_says_so() {
    let script = "import { sleep } from 'k6';
        export const options = { scenarios: { a: { executor: 'constant-vus', vus: 1,
            duration: '1s', gracefulStop: '0s' } } };
        export default function () { sleep(30); }";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0);
    let stderr = ended.stderr();
    assert!(
        stderr.contains("No script iterations fully finished"),
        "{stderr}"
    );
}

#[test]
fn users_that_wait_for_an_arrival_are_not_active() {
    let script = "import { sleep } from 'k6';
        export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 1,
            duration: '2s', preAllocatedVUs: 7 } } };
        export default function () { sleep(0.1); }";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0);
    let summary = ended.summary.unwrap();
    let metrics = &summary["metrics"];
    assert_eq!(metrics["vus_max"]["value"], 7, "{summary}");
    assert!(metrics["vus"]["max"].as_f64() < Some(3.0), "{summary}");
}

#[test]
fn users_connect_from_the_local_addresses_in_turn() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", server.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        (0..2).for_each(|_| {
            let (mut stream, from) = server.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]).unwrap();
            let body = from.ip().to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).unwrap();
        });
    });
    let script = "import http from 'k6/http';
        export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2 } } };
        export default function () { console.log(`${__VU} from ${http.get(__ENV.URL).body};`); }";
    let url = format!("URL={url}");
    let ended = run(script, &["-e", &url, "--local-ips", "127.0.0.9-127.0.0.10"]);
    serving.join().unwrap();
    let told = ended.stderr();
    assert!(told.contains("1 from 127.0.0.9;"), "{told}");
    assert!(told.contains("2 from 127.0.0.10;"), "{told}");
}

#[test]
fn an_endless_loop_ends_when_its_time_is_over() {
    let script = "export const options = { scenarios: { a: { executor: 'constant-vus', vus: 2,
        duration: '1s', gracefulStop: '0s' } } };
        export default function () { for (;;) {} }";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0, "{}", ended.stderr());
    assert_eq!(ended.count("iterations"), 0, "they were cut short");
}

#[test]
fn two_halves_of_a_test_are_the_whole_of_it() {
    let script = "import { Counter } from 'k6/metrics'; import exec from 'k6/execution';
        const c = new Counter('mine');
        export const options = { scenarios: { a: { executor: 'shared-iterations', vus: 5,
            iterations: 37 } } };
        export default function () { c.add(1 << exec.scenario.iterationInTest % 8); }";
    let whole = run(script, &[]);
    let halves: Vec<Run> = ["0:1/2", "1/2:1"]
        .iter()
        .map(|part| run(script, &["--execution-segment", part]))
        .collect();
    let both = |metric| halves.iter().map(|half| half.count(metric)).sum::<u64>();
    assert_eq!(whole.count("iterations"), 37);
    assert_eq!(both("iterations"), 37);
    assert_eq!(both("mine"), whole.count("mine"), "each number once");
}

#[test]
fn what_the_open_model_planned_is_started_or_counted_as_dropped() {
    let script = "import { sleep } from 'k6';
        export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 50,
            timeUnit: '1s', duration: '1s', preAllocatedVUs: 2, gracefulStop: '2s' } } };
        export default function () { sleep(0.3); }";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0, "{}", ended.stderr());
    let dropped = ended.count("dropped_iterations");
    assert!(dropped > 0, "two users cannot do it");
    // The start that is due at the very end of the time may be in or out.
    let all = ended.count("iterations") + dropped;
    assert!((50..=51).contains(&all), "{all}");
}

#[test]
fn an_absurd_rate_ends_in_its_time_and_is_all_accounted_for() {
    let script = "export const options = { scenarios: { a: { executor: 'constant-arrival-rate',
            rate: 1000000000, timeUnit: '1s', duration: '1s', preAllocatedVUs: 2,
            gracefulStop: '0s' } } };
        export default function () {}";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0, "{}", ended.stderr());
    // Iterations that were cut short are neither; there can be one for each user.
    let all = ended.count("iterations") + ended.count("dropped_iterations");
    assert!((999_999_998..=1_000_000_001).contains(&all), "{all}");
}

#[test]
fn tags_that_a_script_sets_are_kept_without_harm() {
    let script = "import exec from 'k6/execution';
        export const options = { vus: 3, iterations: 300 };
        export default function () {
            for (let n = 0; n < 20; n += 1) {
                exec.vu.tags['kind'] = `value ${n} of ${__ITER}`;
                exec.vu.metrics.metadata['trace'] = `trace ${n}`;
            }
            if (exec.vu.tags['kind'] !== `value 19 of ${__ITER}`) throw new Error('lost');
        }";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0, "{}", ended.stderr());
    assert_eq!(ended.count("iterations"), 300);
    assert!(!ended.stderr().contains("lost"), "{}", ended.stderr());
}

#[test]
fn a_disk_that_is_full_is_told() {
    let ended = run(
        "export default function () {}",
        &["--out", "json=/dev/full"],
    );
    let stderr = ended.stderr();
    assert!(stderr.contains("an output failed"), "{stderr}");
    assert_eq!(ended.exit(), 0, "as k6: the verdict is about the target");
}

#[test]
fn iterations_without_time_to_begin_are_dropped_ones() {
    let script = "import { sleep } from 'k6';
        export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2,
            iterations: 100, maxDuration: '1s', gracefulStop: '2s' } } };
        export default function () { sleep(0.2); }";
    let ended = run(script, &[]);
    assert_eq!(ended.exit(), 0, "{}", ended.stderr());
    assert_eq!(
        ended.count("iterations") + ended.count("dropped_iterations"),
        200
    );
}
