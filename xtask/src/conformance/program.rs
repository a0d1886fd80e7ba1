//! Runs one script under one program, in a directory of its own, against a server of its own.
//!
//! Invariants: the environment has nothing of the developer's; a program that does not end is
//! ended, and that is an outcome, not an error.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tempfile::TempDir;

use super::script::{Facet, Script};
use super::server::{Request, Server};

/// How long one step may take.
const STEP_MAX: Duration = Duration::from_secs(20);

/// Time between two looks at a program that runs.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The summary that every run leaves for the suite.
const AUTO_EXPORT: &str = "auto-export.json";

/// The samples that every run leaves for the suite.
const AUTO_SAMPLES: &str = "auto-samples.json";

/// What a run left.
#[derive(Debug)]
pub(crate) struct Raw {
    /// Exit code of each step; a signal or a time-out is negative.
    pub(crate) exits: Vec<i64>,
    /// Standard output of all steps.
    pub(crate) stdout: String,
    /// Standard error of all steps.
    pub(crate) stderr: String,
    /// Text of `--summary-export`, empty if there is none.
    pub(crate) export: String,
    /// Lines of `--out json`, empty if there are none.
    pub(crate) samples: String,
    /// Other files that it left, by name.
    pub(crate) files: BTreeMap<String, String>,
    /// What the server saw.
    pub(crate) requests: Vec<Request>,
    /// Texts that differ from run to run, and what stands for them in a comparison.
    pub(crate) masks: Vec<(String, &'static str)>,
}

/// Exit code that stands for a program that had to be ended.
const ENDED: i64 = -9;

/// Runs `script` under `program`.
///
/// # Errors
/// If the program cannot be started or files cannot be written; never for what it does.
pub(crate) fn run(program: &Path, suite: &Path, script: &Script) -> anyhow::Result<Raw> {
    let directory = TempDir::new().context("cannot make a temporary directory")?;
    let place = directory.path().join("work");
    fs::create_dir_all(&place).context("cannot make a directory")?;
    fs::write(place.join(script.file_name()), &script.text).context("cannot copy the script")?;
    for name in &script.header.files {
        let to = place.join(name);
        fs::create_dir_all(to.parent().context("a file has a directory")?)
            .context("cannot make a directory")?;
        fs::copy(suite.join("files").join(name), to)
            .with_context(|| format!("cannot copy conformance/files/{name}"))?;
    }
    let server = Server::start()?;
    let run = Run {
        program,
        script,
        place: &place,
        outside: directory.path(),
        server: &server,
    };
    let steps = steps(script);
    let mut exits = Vec::new();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    for (step_idx, args) in steps.iter().enumerate() {
        exits.push(run.step(step_idx, args)?);
        stdout.push_str(&run.output(step_idx, "stdout"));
        stderr.push_str(&run.output(step_idx, "stderr"));
    }
    let mut files = BTreeMap::new();
    collect(&place, "", &mut files)?;
    files.remove(&script.file_name());
    for name in &script.header.files {
        files.remove(name);
    }
    Ok(Raw {
        exits,
        stdout,
        stderr,
        export: files.remove(AUTO_EXPORT).unwrap_or_default(),
        samples: files.remove(AUTO_SAMPLES).unwrap_or_default(),
        files,
        requests: server.requests(),
        masks: vec![
            (place.display().to_string(), "DIR"),
            (directory.path().display().to_string(), "OUTSIDE"),
            (format!("127.0.0.1:{}", server.port()), "127.0.0.1:PORT"),
            (
                format!("127.0.0.1:{}", server.tls_port()),
                "127.0.0.1:TLSPORT",
            ),
            (format!("localhost:{}", server.port()), "localhost:PORT"),
            (format!("test.k6:{}", server.port()), "test.k6:PORT"),
        ],
    })
}

/// The command lines of a script, without the program.
fn steps(script: &Script) -> Vec<Vec<String>> {
    let file = if script.header.stdin {
        "-".to_owned()
    } else {
        script.file_name()
    };
    // What is not compared is not asked for either, so that the banner and the files are those
    // of the script's own arguments.
    let facets = script.facets();
    let reads = |wanted: &[Facet]| wanted.iter().any(|facet| facets.contains(facet));
    let mut auto = Vec::new();
    if reads(&[Facet::Thresholds, Facet::Export]) {
        auto.push(format!("--summary-export={AUTO_EXPORT}"));
    }
    if reads(&[Facet::Counts, Facet::Samples, Facet::Definitions]) {
        auto.push(format!("--out=json={AUTO_SAMPLES}"));
    }
    if script.header.steps.is_empty() {
        let mut step = vec!["run".to_owned()];
        step.extend(auto);
        step.extend(script.header.args.iter().cloned());
        step.push(file);
        return vec![step];
    }
    let expand = |word: &String| match word.as_str() {
        "{auto}" => auto.clone(),
        "{script}" => vec![file.clone()],
        _ => vec![word.clone()],
    };
    script
        .header
        .steps
        .iter()
        .map(|step| step.iter().flat_map(expand).collect())
        .collect()
}

/// What the steps of a run share.
struct Run<'a> {
    program: &'a Path,
    script: &'a Script,
    place: &'a Path,
    outside: &'a Path,
    server: &'a Server,
}

impl Run<'_> {
    fn output_path(&self, step_idx: usize, name: &str) -> PathBuf {
        self.outside.join(format!("{name}.{step_idx}"))
    }

    fn output(&self, step_idx: usize, name: &str) -> String {
        let bytes = fs::read(self.output_path(step_idx, name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Runs one command line to its end and returns its exit code.
    fn step(&self, step_idx: usize, args: &[String]) -> anyhow::Result<i64> {
        let file = |name: &str| {
            File::create(self.output_path(step_idx, name)).context("cannot make a file")
        };
        let input = if self.script.header.stdin {
            Stdio::from(File::open(&self.script.path).context("cannot open the script")?)
        } else {
            Stdio::null()
        };
        let mut command = Command::new(self.program);
        let host = format!("127.0.0.1:{}", self.server.port());
        let base = format!("http://{host}");
        let filled = |text: &String| text.replace("{base}", &base).replace("{host}", &host);
        let variables = &self.script.header.env;
        command
            .args(args.iter().map(filled))
            .current_dir(self.place)
            .stdin(input)
            .stdout(file("stdout")?)
            .stderr(file("stderr")?)
            .env_clear()
            .env("HOME", self.outside)
            .env("PATH", "/usr/bin:/bin")
            .env("K6_NO_USAGE_REPORT", "true")
            .env("BASE", &base)
            .env("BASE_PORT", self.server.port().to_string())
            .env(
                "TLS_BASE",
                format!("https://127.0.0.1:{}", self.server.tls_port()),
            )
            .envs(variables.iter().map(|(name, value)| (name, filled(value))));
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        let exit = self.wait(&mut child).context("cannot wait")?;
        Ok(exit)
    }

    fn wait(&self, child: &mut Child) -> std::io::Result<i64> {
        let start = Instant::now();
        let mut interrupt_after = self.script.header.interrupt_after;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status.code().map_or(-1, i64::from));
            }
            if interrupt_after.is_some_and(|count| self.server.seen() >= count) {
                interrupt_after = None;
                let pid = child.id().to_string();
                Command::new("kill").args(["-INT", &pid]).status()?;
            }
            if start.elapsed() > STEP_MAX {
                child.kill()?;
                child.wait()?;
                return Ok(ENDED);
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// Reads the files below `directory` into `files`; what is not text is kept as its length.
fn collect(
    directory: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    for entry in fs::read_dir(directory).context("cannot list a run's directory")? {
        let entry = entry.context("cannot list a run's directory")?;
        let name = format!("{prefix}{}", entry.file_name().display());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            let bytes = fs::read(entry.path()).context("cannot read what a run left")?;
            let text = String::from_utf8(bytes)
                .unwrap_or_else(|error| format!("({} bytes)", error.as_bytes().len()));
            files.insert(name, text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that stands for a load tester: it writes what it was given.
    fn stand_in(directory: &Path, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = directory.join("program");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn script(header: &str) -> Script {
        let text = format!("/*---\nshows = \"x\"\nfeatures = [\"f\"]\n{header}\n---*/\n");
        let suite = tempfile::tempdir().unwrap();
        let area = suite.path().join("scripts/a");
        fs::create_dir_all(&area).unwrap();
        fs::write(area.join("b.js"), text).unwrap();
        super::super::script::load_all(suite.path())
            .unwrap()
            .remove(0)
    }

    #[test]
    fn a_run_is_alone_with_its_arguments_and_leaves_what_it_wrote() {
        let directory = tempfile::tempdir().unwrap();
        let program = stand_in(
            directory.path(),
            "#!/bin/sh\necho \"$@\"; echo $A-$CARGO >&2; echo {} > auto-export.json; echo x > y\nexit 99\n",
        );
        let script = script("args = [\"-u\", \"2\"]\nenv = { A = \"1\" }");
        let raw = run(&program, directory.path(), &script).unwrap();
        assert_eq!(raw.exits, [99]);
        assert_eq!(
            raw.stdout,
            "run --summary-export=auto-export.json --out=json=auto-samples.json -u 2 script.js\n"
        );
        assert_eq!(raw.stderr, "1-\n");
        assert_eq!(raw.export, "{}\n");
        assert_eq!(
            raw.files,
            BTreeMap::from([("y".to_owned(), "x\n".to_owned())])
        );
    }

    #[test]
    fn steps_of_its_own_replace_the_usual_command_line() {
        let script = script(
            "compare = [\"exit\"]\nsteps = [[\"inspect\", \"{script}\"], [\"x\", \"{auto}\"]]",
        );
        let steps = steps(&script);
        assert_eq!(steps, [vec!["inspect", "script.js"], vec!["x"]]);
    }
}
