//! What people get wrong before a run starts: k6's exit codes, and messages that say what to do.

use std::process::Command;

#[test]
fn mistakes_have_the_exit_codes_of_k6_and_are_told_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let files: [(&str, &[u8]); 5] = [
        ("ok.js", b"export default function () {}"),
        ("program", b"\x7fELF\x02\x01\x01\0\0\0\0\0"),
        ("latin.js", b"// caf\xe9\nexport default function () {}"),
        ("empty.js", b""),
        ("config.json", b"not json"),
    ];
    for (name, bytes) in files {
        std::fs::write(home.path().join(name), bytes).unwrap();
    }
    std::fs::create_dir(home.path().join("dir")).unwrap();
    for (exit, args, told) in [
        (107, &["program"][..], "zero byte"),
        (
            107,
            &["latin.js"],
            "line 1, column 7 has a byte that is no UTF-8",
        ),
        (255, &["empty.js"], "no exported functions"),
        (255, &["dir"], "it is a directory"),
        (255, &["gone.js"], "there is no such file"),
        (
            104,
            &["-c", "config.json", "ok.js"],
            "config.json is not JSON",
        ),
        (
            104,
            &["-c", "gone.json", "ok.js"],
            "gone.json cannot be read",
        ),
        (104, &["-c", "dir", "ok.js"], "dir cannot be read"),
        (
            255,
            &["--console-output", "dir", "ok.js"],
            "cannot write dir",
        ),
        (
            255,
            &["--log-output", "file=dir", "ok.js"],
            "cannot write dir",
        ),
        (
            255,
            &["--log-output", "smoke", "ok.js"],
            "stderr, stdout, none or file=PATH",
        ),
        (255, &["-e", "1X", "ok.js"], "\"1X\" cannot be the name"),
        (255, &["-e", "A B=2", "ok.js"], "\"A B\" cannot be the name"),
        (255, &["-e", "=2", "ok.js"], "NAME=VALUE"),
        (104, &["-u", "-1", "ok.js"], "more than 0, but is -1"),
        (104, &["-i", "-1", "ok.js"], "iterations"),
        (104, &["-d", "-1s", "ok.js"], "duration"),
        (255, &["-u", "many", "ok.js"], "a whole number"),
        (255, &["-o", "json=dir", "ok.js"], "cannot write dir"),
        (255, &["-o", "nowhere", "ok.js"], "influxdb=URL/DB"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_stampede"))
            .current_dir(home.path())
            .args(["run", "--quiet", "--log-format=raw"])
            .args(args)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {stderr}");
        assert!(stderr.contains(told), "{args:?}: {stderr}");
    }
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 6, "nothing is left behind");
}

#[test]
fn completions_are_for_the_shells_that_there_are() {
    for (shell, expected) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef stampede"),
        ("fish", "complete -c stampede"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_stampede"))
            .args(["completion", shell])
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(stdout.contains(expected), "{shell}");
        assert!(stdout.contains("archive-out"), "{shell} knows the flags");
    }
}

#[test]
fn variables_of_k6_are_obeyed_or_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let script = "export default function () { console.log('seen'); }";
    std::fs::write(home.path().join("ok.js"), script).unwrap();
    for (name, value, exit, told) in [
        ("K6_WEB_DASHBOARD", "true", 107, "K6_WEB_DASHBOARD"),
        ("K6_TRACES_OUTPUT", "otel", 107, "traces are not supported"),
        ("K6_TYPE", "nonsense", 104, "accepted are js, archive"),
        ("K6_LOG_FORMAT", "json", 0, "\"msg\":\"seen\""),
        ("K6_LOG_OUTPUT", "file=log.txt", 0, ""),
        ("K6_CONSOLE_OUTPUT", "console.txt", 0, ""),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_stampede"))
            .current_dir(home.path())
            .args(["run", "--quiet", "ok.js"])
            .env(name, value)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{name}: {stderr}");
        assert!(stderr.contains(told), "{name}: {stderr}");
    }
    for file in ["log.txt", "console.txt"] {
        let text = std::fs::read_to_string(home.path().join(file)).unwrap();
        assert!(text.contains("seen"), "{file}: {text}");
    }
}
