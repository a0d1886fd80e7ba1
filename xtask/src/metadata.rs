//! What `cargo metadata` says about the workspace, as far as the checks need it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::shell;

/// The workspace and every package that its lock file resolves to.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    /// Every package, workspace members included.
    pub(crate) packages: Vec<Package>,
    /// Ids of the members.
    pub(crate) workspace_members: Vec<String>,
    /// Absolute path of the workspace.
    pub(crate) workspace_root: PathBuf,
}

/// One package.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// Opaque id, unique in the graph.
    pub(crate) id: String,
    /// Name as in its manifest.
    pub(crate) name: String,
    /// Version as in its manifest.
    pub(crate) version: String,
    /// SPDX expression, if it declares one.
    pub(crate) license: Option<String>,
    /// Where it comes from; `None` is a path.
    pub(crate) source: Option<String>,
    /// Absolute path of its manifest.
    pub(crate) manifest_path: PathBuf,
    /// What its manifest asks for.
    pub(crate) dependencies: Vec<Dependency>,
    /// Its libraries, binaries, tests, examples, benches and build script.
    pub(crate) targets: Vec<Target>,
}

/// One line of a manifest's dependencies.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// The package that is asked for (not a local rename).
    pub(crate) name: String,
    /// `None` is a normal one; else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// One thing that cargo builds from a package.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    /// `lib`, `bin`, `test`, `example`, `bench`, `custom-build`, …
    pub(crate) kind: Vec<String>,
    /// Name of the target.
    pub(crate) name: String,
    /// Absolute path of its first source file.
    pub(crate) src_path: PathBuf,
}

impl Metadata {
    /// Asks cargo.
    ///
    /// # Errors
    /// If cargo fails or answers something unexpected.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let json = shell::read(&mut shell::cargo(["metadata", "--format-version", "1"]))?;
        serde_json::from_str(&json).context("cannot understand the answer of `cargo metadata`")
    }

    /// The workspace's own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    /// `path` as seen from the workspace root, with forward slashes.
    pub(crate) fn relative(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.workspace_root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    }
}
