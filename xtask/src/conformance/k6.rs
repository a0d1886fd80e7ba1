//! Finds or installs the k6 that the suite compares with.
//!
//! Invariants: only the version that the records name is used; nothing is installed outside
//! `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::shell;

/// The version that stampede behaves like.
pub(crate) const VERSION: &str = "2.2.0";

/// Go's name of the program.
const MODULE: &str = "go.k6.io/k6/v2";

/// Go's public registry.
const REGISTRY: &str = "https://proxy.golang.org";

/// The path of k6: `given`, or the one installed below `target/`, or one of the machine that has
/// the right version, or a new one from Go's registry.
///
/// # Errors
/// If `given` has another version, or none is there and Go cannot install it.
pub(crate) fn find_or_install(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = given {
        let found = version(path).unwrap_or_else(|| "nothing".to_owned());
        if found != VERSION {
            bail!(
                "{} says version {found}, but the suite needs {VERSION}",
                path.display()
            );
        }
        return Ok(path.to_owned());
    }
    let directory = shell::root().join(format!("target/conformance/k6-{VERSION}"));
    let own = directory.join("k6");
    for path in [own.clone(), PathBuf::from("k6")] {
        if version(&path).as_deref() == Some(VERSION) {
            return Ok(path);
        }
    }
    fs::create_dir_all(&directory).context("cannot make target/conformance")?;
    install(&directory)?;
    match version(&own) {
        Some(found) if found == VERSION => Ok(own),
        found => bail!("Go installed k6 {found:?} instead of {VERSION}"),
    }
}

fn version(path: &Path) -> Option<String> {
    let output = Command::new(path).arg("version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let word = text.split_whitespace().nth(1)?;
    Some(word.trim_start_matches('v').to_owned())
}

/// Installs with `go install`; where that fails because the registry lists no versions of the
/// module, a module that requires this version builds the same program.
fn install(directory: &Path) -> anyhow::Result<()> {
    let mut install = shell::command("go", ["install", &format!("{MODULE}@v{VERSION}")]);
    install.env("GOPROXY", REGISTRY).env("GOBIN", directory);
    let Err(first) = shell::run(&mut install) else {
        return Ok(());
    };
    shell::say(&format!("{first:#}; building it as a dependency instead"));
    let manifest = format!("module conformance\n\ngo 1.24\n\nrequire {MODULE} v{VERSION}\n");
    fs::write(directory.join("go.mod"), manifest).context("cannot write go.mod")?;
    let mut build = shell::command("go", ["build", "-mod=mod", "-o", "k6", MODULE]);
    build.env("GOPROXY", REGISTRY).current_dir(directory);
    shell::run(&mut build).with_context(|| {
        format!("k6 {VERSION} cannot be installed; give one with --k6, or use --recorded")
    })
}
