//! Signals to a real run: what one of them lets happen, and what the second one ends.
//!
//! A test sends its signal when the server has seen the request that it waits for, so that the run
//! is known to be where the signal must find it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use rustix::process::{Pid, Signal, kill_process};

/// A server that tells the path of every request, and answers none below `/held`.
fn server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (sender, seen) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
                while let Some(line) = lines.next().transpose().ok()? {
                    // Only the first line of a request has a blank and then a path.
                    let Some(path) = line.strip_prefix("GET ") else {
                        continue;
                    };
                    let path = path.split(' ').next().unwrap_or_default().to_owned();
                    let is_held = path.starts_with("/held");
                    sender.send(path).ok()?;
                    if !is_held {
                        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                        (&stream).write_all(answer).ok()?;
                    }
                }
                Some(())
            });
        }
    });
    (origin, seen)
}

/// A run that goes on.
struct Going {
    child: Child,
    seen: Receiver<String>,
    _directory: tempfile::TempDir,
}

impl Going {
    fn start(script: &str) -> Going {
        let (origin, seen) = server();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("script.js"), script).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_stampede"))
            .current_dir(directory.path())
            .args(["run", "--no-color", "-e"])
            .arg(format!("ORIGIN={origin}"))
            .arg("script.js")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Going {
            child,
            seen,
            _directory: directory,
        }
    }

    /// Waits until the server was asked for this.
    fn until(&self, path: &str) {
        let found = self.seen.iter().any(|seen| seen == path);
        assert!(found, "the server was never asked for {path}");
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit code, what was printed, what was logged, and which requests came since.
    fn end(self) -> (i32, String, String, Vec<String>) {
        let output = self.child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().expect("it ended by itself"),
            text(output.stdout),
            text(output.stderr),
            self.seen.try_iter().collect(),
        )
    }
}

const ITERATIONS: &str = "import http from 'k6/http';
    export const options = { scenarios: { a: { executor: 'constant-vus', vus: 2,
        duration: '10m' }, later: { executor: 'constant-vus', vus: 1, duration: '1m',
        startTime: '5m' } } };
    export default function () { http.get(`${__ENV.ORIGIN}/held/iteration`); }
    export function teardown() { http.get(`${__ENV.ORIGIN}/teardown`); }";

#[test]
fn a_signal_ends_iterations_at_once_and_teardown_and_the_summary_still_come() {
    for signal in [Signal::INT, Signal::TERM] {
        let run = Going::start(ITERATIONS);
        // Both users are in their iterations.
        run.until("/held/iteration");
        run.until("/held/iteration");
        run.send(signal);
        run.until("/teardown");
        let (exit, stdout, stderr, _) = run.end();
        assert_eq!(exit, 105, "{stderr}");
        assert!(stdout.contains("TOTAL RESULTS"), "{stdout}");
        assert!(stdout.contains("0 complete and 2 interrupted"), "{stdout}");
        let last = stdout.rsplit("\nrunning (").next().unwrap();
        assert!(last.contains("a     ✗ [   0% ] 2 VUs"), "{last}");
        assert!(last.contains("later • [   0% ] waiting"), "{last}");
    }
}

#[test]
fn a_signal_in_setup_ends_it_and_no_iteration_begins() {
    let script = "import http from 'k6/http';
        export function setup() { http.get(`${__ENV.ORIGIN}/held/setup`); }
        export default function () { http.get(`${__ENV.ORIGIN}/iteration`); }";
    for signal in [Signal::INT, Signal::TERM] {
        let run = Going::start(script);
        run.until("/held/setup");
        run.send(signal);
        let (exit, _, stderr, since) = run.end();
        assert_eq!(exit, 105, "{stderr}");
        assert_eq!(since, [""; 0], "requests after the signal");
    }
}

#[test]
fn a_second_signal_ends_the_process_whatever_it_is_doing() {
    let script = "import http from 'k6/http';
        export const options = { teardownTimeout: '10m' };
        export default function () { http.get(`${__ENV.ORIGIN}/held/iteration`); }
        export function teardown() {
            http.get(`${__ENV.ORIGIN}/teardown`);
            for (;;) {}
        }";
    let run = Going::start(script);
    run.until("/held/iteration");
    run.send(Signal::INT);
    run.until("/teardown");
    run.send(Signal::INT);
    let (exit, stdout, stderr, _) = run.end();
    assert_eq!(exit, 105, "{stderr}");
    assert!(stderr.contains("a second time"), "{stderr}");
    assert!(!stdout.contains("TOTAL RESULTS"), "{stdout}");
}
