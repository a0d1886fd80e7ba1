//! Starts other programs and speaks to the developer.
//!
//! Invariants: a child's stdin is empty, so that no command can wait for an answer in CI; a
//! child runs in the workspace root wherever the developer stands.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// The directory that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let manifest_dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest_dir
        .parent()
        .expect("xtask is a direct child of the workspace root")
        .to_path_buf()
}

/// Tells the developer one line; it goes to stderr because it is not data.
#[expect(
    clippy::print_stderr,
    reason = "the one place where progress is written"
)]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Writes one line of a result to stdout.
#[expect(
    clippy::print_stdout,
    reason = "the one place where results are written"
)]
pub(crate) fn put(line: &str) {
    println!("{line}");
}

/// A `cargo` command with `args`, to run in the workspace root.
pub(crate) fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    command("cargo", args)
}

/// A command of `program` with `args`, to run in the workspace root with an empty stdin.
pub(crate) fn command<S: AsRef<OsStr>>(
    program: &str,
    args: impl IntoIterator<Item = S>,
) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs `command` with its output shown as it comes.
///
/// # Errors
/// If it cannot be started or does not end with 0; the message shows the command line.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = command_line(command);
    say(&format!("$ {line}"));
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs `command` quietly and returns what it wrote to stdout; its stderr is shown.
///
/// # Errors
/// If it cannot be started, does not end with 0, or writes something that is not UTF-8.
pub(crate) fn read(command: &mut Command) -> anyhow::Result<String> {
    let line = command_line(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` did not write UTF-8"))
}

/// Runs `command`, shows its stdout and stderr in the order written, and gives every line to
/// `see`. Returns whether it ended with 0.
///
/// # Errors
/// If it cannot be started or its output cannot be read.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> anyhow::Result<bool> {
    let line = command_line(command);
    say(&format!("$ {line}"));
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command
        .stdout(writer.try_clone().context("cannot make a pipe")?)
        .stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    // The command keeps the write end open until it is told otherwise; without this the read
    // below would never see the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut reader = BufReader::new(reader);
    let mut raw = Vec::new();
    while reader
        .read_until(b'\n', &mut raw)
        .with_context(|| format!("cannot read `{line}`"))?
        > 0
    {
        let text = String::from_utf8_lossy(&raw);
        let text = text.trim_end_matches(['\n', '\r']);
        put(text);
        see(text);
        raw.clear();
    }
    Ok(child
        .wait()
        .with_context(|| format!("cannot wait for `{line}`"))?
        .success())
}

fn command_line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watch_sees_both_streams_in_order_and_the_exit_status() {
        let mut seen = Vec::new();
        let script = "echo one; echo two >&2; echo three; exit 3";
        let ended_well = watch(&mut command("sh", ["-c", script]), |line| {
            seen.push(line.to_owned());
        })
        .unwrap();
        assert!(!ended_well);
        assert_eq!(seen, ["one", "two", "three"]);
    }

    #[test]
    fn a_failed_command_is_named_in_the_error() {
        let error = run(&mut command("sh", ["-c", "exit 4"])).unwrap_err();
        assert!(error.to_string().contains("sh -c exit 4"), "{error}");
        let error = run(&mut command("no-such-program-at-all", ["x"])).unwrap_err();
        assert!(
            error.to_string().contains("no-such-program-at-all x"),
            "{error}"
        );
    }
}
