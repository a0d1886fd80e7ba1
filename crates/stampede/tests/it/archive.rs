//! Scripts in one file: written, run from elsewhere, and refused when they are damaged.

use std::path::Path;
use std::process::{Command, Output};

fn stampede(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stampede"))
        .current_dir(directory)
        .args(args)
        .env("OF_THE_SYSTEM", "seen")
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

const SCRIPT: &str = "
import twice from './lib/twice.js';
const note = open('../note.txt');
export const options = { iterations: 9, vus: 3, thresholds: { iterations: ['count>0'] } };
export default function () {
  console.log(twice(2), note, __ENV.GIVEN, __ENV.OF_THE_SYSTEM);
}";

#[test]
fn an_archive_runs_where_nothing_else_of_the_script_is() {
    let home = tempfile::tempdir().unwrap();
    write(
        home.path(),
        &[
            ("test/main.js", SCRIPT),
            ("test/lib/twice.js", "export default (x) => 2 * x;"),
            ("note.txt", "hello"),
        ],
    );
    let args = [
        "archive",
        "-O",
        "a.tar",
        "-u",
        "2",
        "-i",
        "4",
        "-e",
        "GIVEN=kept",
    ];
    let output = stampede(home.path(), &[&args[..], &["test/main.js"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::rename(home.path().join("a.tar"), elsewhere.path().join("a.tar")).unwrap();
    home.close().unwrap();
    for (more, lines, given) in [
        (&[][..], 4, "kept"),
        (&["-i", "6", "--type", "archive"], 6, "kept"),
        (&["-e", "GIVEN=anew"], 4, "anew"),
    ] {
        let args = [&["run", "-q"], more, &["a.tar"]].concat();
        let output = stampede(elsewhere.path(), &args);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        let line = format!("4 hello {given} seen");
        assert_eq!(stderr.matches(&line).count(), lines, "{stderr}");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(stdout.contains("'count>0' count="), "{stdout}");
    }
    let output = stampede(elsewhere.path(), &["inspect", "a.tar"]);
    let options: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&options["vus"], &options["iterations"]),
        (&2.into(), &4.into())
    );
}

#[test]
fn secrets_of_the_machine_stay_out_of_archives() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), &[("main.js", "export default function () {}")]);
    for (args, has_given) in [(&[][..], true), (&["--exclude-env-vars"], false)] {
        let args = [
            &["archive", "-O", "-", "-e", "GIVEN=kept"],
            args,
            &["main.js"],
        ]
        .concat();
        let output = stampede(home.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("OF_THE_SYSTEM"));
        assert_eq!(text.contains("GIVEN"), has_given);
    }
}

#[test]
fn what_was_not_read_when_it_was_archived_is_told_to_be_missing() {
    let home = tempfile::tempdir().unwrap();
    let script = "const x = open(__ENV.FILE || 'a.txt'); export default function () {}";
    write(
        home.path(),
        &[("main.js", script), ("a.txt", "a"), ("b.txt", "b")],
    );
    let output = stampede(home.path(), &["archive", "main.js"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = stampede(home.path(), &["run", "-e", "FILE=b.txt", "archive.tar"]);
    assert_eq!(output.status.code(), Some(107));
    assert!(
        stderr(&output).contains("not in the archive"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn scripts_and_archives_that_cannot_run_are_told_apart_and_leave_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    write(
        home.path(),
        &[
            ("main.js", "export default function () {}"),
            ("bad.js", "throw new Error('no')"),
        ],
    );
    let output = stampede(home.path(), &["archive", "main.js"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let whole = std::fs::read(home.path().join("archive.tar")).unwrap();
    std::fs::write(home.path().join("cut.tar"), &whole[..1_000]).unwrap();
    std::fs::remove_file(home.path().join("archive.tar")).unwrap();
    for (exit, args, told) in [
        (
            255,
            &["run", "cut.tar"][..],
            "the archive cut.tar cannot run",
        ),
        (
            255,
            &["run", "--type", "archive", "main.js"],
            "no whole tar file",
        ),
        (255, &["run", "--type", "zip", "main.js"], "js or archive"),
        (255, &["archive", "gone.js"], "there is no such file"),
        (107, &["archive", "bad.js"], "bad.js"),
        (
            255,
            &["archive", "-O", "no/where.tar", "main.js"],
            "no/where.tar",
        ),
    ] {
        let output = stampede(home.path(), args);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(exit), "{args:?}: {stderr}");
        assert!(stderr.contains(told), "{args:?}: {stderr}");
    }
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 3, "the two scripts and the damaged archive");
}

#[test]
fn the_mode_of_the_run_says_whether_there_is_a_global_not_that_of_the_archive() {
    let home = tempfile::tempdir().unwrap();
    let script = "export default function () { console.log('it is', typeof global); }";
    write(home.path(), &[("test.js", script)]);
    let base = ["--compatibility-mode", "base"];
    let output = stampede(
        home.path(),
        &[&["archive"], &base[..], &["test.js"]].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let archive = std::fs::read(home.path().join("archive.tar")).unwrap();
    let archive = String::from_utf8_lossy(&archive);
    assert!(archive.contains("\"compatibilityMode\": \"base\""));
    for (args, is) in [
        (&["archive.tar"][..], "it is object"),
        (
            &["--compatibility-mode", "base", "archive.tar"],
            "it is undefined",
        ),
        (
            &["--compatibility-mode", "base", "test.js"],
            "it is undefined",
        ),
        (&["--compatibility-mode", "", "test.js"], "it is object"),
    ] {
        let output = stampede(home.path(), &[&["run", "-q"], args].concat());
        assert!(
            stderr(&output).contains(is),
            "{args:?}: {}",
            stderr(&output)
        );
    }
    let output = stampede(
        home.path(),
        &["run", "--compatibility-mode", "foo", "test.js"],
    );
    assert_eq!(output.status.code(), Some(255));
    assert!(stderr(&output).contains("invalid compatibility mode"));
}
