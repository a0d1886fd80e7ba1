//! The command as its users see it: exit codes, what goes to which stream, all problems at once.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod archive;
mod mistakes;
mod outputs;
mod remote;
mod run;
mod signals;

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// A server that grants each body once, or always; `/free` frees everything.
fn seats(grants_always: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let taken: Arc<Mutex<HashSet<Vec<u8>>>> = Arc::default();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let taken = Arc::clone(&taken);
            std::thread::spawn(move || answer_all(stream, grants_always, &taken, |_, _| ()));
        }
    });
    address
}

/// Whether a request was the reset, and its body.
type Asked = (bool, String);

/// Like [`seats`], and keeps every request.
fn recorder() -> (Arc<Mutex<Vec<Asked>>>, SocketAddr) {
    let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let taken: Arc<Mutex<HashSet<Vec<u8>>>> = Arc::default();
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (taken, kept) = (Arc::clone(&taken), Arc::clone(&kept));
            std::thread::spawn(move || {
                answer_all(stream, false, &taken, |frees, body| {
                    let body = String::from_utf8_lossy(body).into_owned();
                    kept.lock().unwrap().push((frees, body));
                })
            });
        }
    });
    (seen, address)
}

fn answer_all(
    stream: TcpStream,
    grants_always: bool,
    taken: &Mutex<HashSet<Vec<u8>>>,
    see: impl Fn(bool, &[u8]),
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|&n_read| n_read > 0)?;
        let frees = line.contains("/free");
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        see(frees, &body);
        let mut taken = taken.lock().ok()?;
        if frees {
            taken.clear();
        }
        let is_granted = frees || grants_always || taken.insert(body);
        let (status, text) = if is_granted {
            ("200 OK", r#"{"message":"yours"}"#)
        } else {
            ("409 C", r#"{"message":"taken"}"#)
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        stream.write_all(answer.as_bytes()).ok()?;
    }
}

fn stampede(args: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_stampede"))
        .args(args)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

const BODY: &str = r#"{"seat":{resource}}"#;

#[test]
fn a_won_race_exits_0_and_can_be_repeated_with_a_reset() {
    let origin = format!("http://{}", seats(false));
    let (url, reset) = (format!("{origin}/book"), format!("POST {origin}/free"));
    let args = [
        "race",
        "--clients",
        "10",
        "--resources",
        "3",
        "--url",
        &url,
        "--body",
        BODY,
    ];
    let (code, stdout, stderr) =
        stampede(&[&args[..], &["--reset", &reset, "--repeat", "3"]].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(
        stdout.contains("✅ PASSED: Exactly one winner for each of 9 resources"),
        "{stdout}"
    );
    assert!(!stdout.contains('\u{1b}'), "no colour into a pipe");
    assert!(
        stdout.lines().all(|line| line.chars().count() <= 100),
        "{stdout}"
    );
}

#[test]
fn an_unrepeatable_race_exits_120_and_says_how_to_free_the_seat() {
    let url = format!("http://{}/api/book-seat/", seats(false));
    let args = [
        "race",
        "--clients",
        "5",
        "--url",
        &url,
        "--body",
        r#"{"seat_id":10}"#,
    ];
    let (code, stdout, _) = stampede(&args);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("Client 5") && stdout.contains("✅ WON") && stdout.contains("taken"));
    let (code, stdout, _) = stampede(&args);
    assert_eq!(code, 120, "{stdout}");
    let joined = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        joined.contains(
            "the resource was already taken, as the server says; the server refused all 5 \
             requests: 409 taken"
        ),
        "{stdout}"
    );
    assert!(
        joined.contains("/api/cancel-booking/' --reset-body same."),
        "{stdout}"
    );
}

#[test]
fn a_double_winner_exits_99_and_so_does_a_missed_threshold() {
    let url = format!("http://{}/book", seats(true));
    let (code, stdout, _) = stampede(&["race", "--clients", "4", "--url", &url, "--body", BODY]);
    assert_eq!(code, 99, "{stdout}");
    assert!(
        stdout.contains("❌ FAILED") && stdout.contains("was won 4 times"),
        "{stdout}"
    );
    let url = format!("http://{}/book", seats(false));
    let args = [
        "race",
        "--clients",
        "4",
        "--url",
        &url,
        "--body",
        BODY,
        "--p95",
        "0us",
    ];
    let (code, stdout, _) = stampede(&args);
    assert_eq!(code, 99, "{stdout}");
    assert!(stdout.contains("the p95 of"), "{stdout}");
}

#[test]
fn json_goes_to_stdout_alone_or_to_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("race.json");
    let url = format!("http://{}/book", seats(false));
    let args = [
        "race",
        "--clients",
        "4",
        "--url",
        &url,
        "--body",
        BODY,
        "--json",
    ];
    let (code, stdout, stderr) = stampede(&[&args[..], &["-"]].concat());
    assert_eq!(code, 0, "{stderr}");
    let result: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["verdict"]["outcome"], "proven");
    assert_eq!(result["total"]["requests"]["lost"], 3);
    assert!(stderr.contains("✅ PASSED"));
    let (code, stdout, _) = stampede(&[&args[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(code, 120, "the seat is taken by now: {stdout}");
    let result: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(result["verdict"]["exit_code"], 120);
}

#[test]
fn ids_and_bodies_come_from_files() {
    let directory = tempfile::tempdir().unwrap();
    let (ids, body) = (directory.path().join("ids"), directory.path().join("body"));
    std::fs::write(&ids, "A-1\n\n  A-2 \n").unwrap();
    std::fs::write(&body, r#"{"seat":"{resource}"}"#).unwrap();
    let url = format!("http://{}/book", seats(false));
    let (ids, body) = (ids.to_str().unwrap(), body.to_str().unwrap());
    let args = [
        "race",
        "--clients",
        "3",
        "--url",
        &url,
        "--ids",
        ids,
        "--body-file",
        body,
    ];
    let (code, stdout, _) = stampede(&args);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("A-1") && stdout.contains("A-2"), "{stdout}");
}

#[test]
fn every_wrong_option_is_reported_at_once_with_104() {
    let (code, stdout, stderr) = stampede(&[
        "race",
        "--clients",
        "1",
        "--resources",
        "many",
        "--ids",
        "/nowhere",
        "--won",
        "ok",
        "--lost",
        "20",
        "--timeout",
        "3",
        "--p95",
        "soon",
        "--repeat",
        "-1",
        "--header",
        "none",
        "--reset-body",
        "x",
        "--why",
        "GET",
        "--ca",
        "/nowhere",
        "--insecure",
        "--body",
        "a",
        "--body-file",
        "/nowhere",
    ]);
    assert_eq!((code, stdout.as_str()), (104, ""));
    for part in [
        "--clients 1",
        "--resources and --ids",
        "--won 'ok'",
        "--lost '20'",
        "--timeout",
        "--p95",
        "--repeat '-1'",
        "--header 'none'",
        "--reset-body without",
        "--why 'GET'",
        "--ca and",
        "--body and --body-file",
        "--url: the URL is missing",
    ] {
        assert!(stderr.contains(part), "{part} is missing in:\n{stderr}");
    }
}

#[test]
fn an_unreachable_server_is_104_and_an_unknown_option_255() {
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (code, _, stderr) = stampede(&["race", "--url", &format!("http://{unused}/")]);
    assert_eq!(code, 104);
    assert!(stderr.contains("cannot connect to") && stderr.contains("Is the server running"));
    assert_eq!(stampede(&["race", "--frobnicate"]).0, 255);
    assert_eq!(stampede(&["frobnicate"]).0, 255);
    assert_eq!(stampede(&["race", "--url"]).0, 104);
}

#[test]
fn help_and_version_are_successes() {
    let (code, stdout, _) = stampede(&["version"]);
    assert_eq!(
        (code, stdout),
        (0, format!("stampede {}\n", env!("CARGO_PKG_VERSION")))
    );
    let (code, stdout, _) = stampede(&["race", "--help"]);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("{resource}") && stdout.contains("Examples:"),
        "{stdout}"
    );
    assert_eq!(stampede(&["--help"]).0, 0);
}

#[test]
fn a_reset_has_no_body_but_the_one_it_is_given() {
    let (seen, address) = recorder();
    let origin = format!("http://{address}");
    let (url, reset) = (format!("{origin}/book"), format!("POST {origin}/free"));
    let args = [
        "race",
        "--clients",
        "2",
        "--resources",
        "2",
        "--url",
        &url,
        "--body",
        BODY,
        "--reset",
        &reset,
    ];
    let freed_with = |more: &[&str]| {
        // Two clients need not meet, so the verdict is not what this is about.
        let (_, stdout, stderr) = stampede(&[&args[..], more].concat());
        assert!(
            stdout.contains("Resets before the race"),
            "{stdout}{stderr}"
        );
        let mut seen = seen.lock().unwrap();
        std::mem::take(&mut *seen)
            .into_iter()
            .filter(|(is_reset, _)| *is_reset)
            .map(|(_, body)| body)
            .collect::<Vec<_>>()
    };
    assert_eq!(freed_with(&[]), [""]);
    assert_eq!(
        freed_with(&["--reset-body", "same"]),
        [r#"{"seat":1}"#, r#"{"seat":2}"#]
    );
    assert_eq!(
        freed_with(&["--reset-body", r#"{"free":{resource}}"#]),
        [r#"{"free":1}"#, r#"{"free":2}"#]
    );
}

#[test]
fn a_reset_that_makes_no_sense_is_104_before_anything_is_sent() {
    let url = "http://127.0.0.1:9/book";
    for (args, part) in [
        (
            &["--reset", "UNBOOK http://127.0.0.1:9/free"][..],
            "--reset: there is no method 'UNBOOK'",
        ),
        (
            &[
                "--reset",
                "DELETE http://127.0.0.1:9/free",
                "--reset-body",
                "same",
                "--body",
                "x",
            ],
            "--reset-body same is for POST, PUT and PATCH, not for DELETE",
        ),
        (
            &[
                "--reset",
                "POST http://127.0.0.1:9/free",
                "--reset-body",
                "same",
            ],
            "--reset-body same, but the race has no body",
        ),
    ] {
        let (code, stdout, stderr) = stampede(&[&["race", "--url", url][..], args].concat());
        assert_eq!((code, stdout.as_str()), (104, ""));
        assert!(stderr.contains(part), "{stderr}");
        assert!(stderr.contains("Nothing was sent"), "{stderr}");
    }
}

#[test]
fn a_refused_reset_is_104_and_no_request_of_the_race_is_sent() {
    let origin = format!("http://{}", seats(false));
    let url = format!("{origin}/book");
    // The server grants each body once and refuses the second reset with 409.
    let reset = format!("POST {origin}/other");
    let args = ["race", "--clients", "4", "--url", &url, "--body", BODY];
    let more = ["--reset", &reset, "--repeat", "2"];
    let (code, stdout, stderr) = stampede(&[&args[..], &more].concat());
    assert_eq!((code, stdout.as_str()), (104, ""), "{stderr}");
    assert!(
        stderr.contains("The race did not take place: the reset before the race was refused")
            && stderr.contains("was answered 409 taken")
            && stderr.contains("--reset-body same"),
        "{stderr}"
    );
}
