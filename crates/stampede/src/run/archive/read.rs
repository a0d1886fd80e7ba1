//! From the bytes of a tar file to a script with all that it needs.
//!
//! Invariants: nothing is written anywhere; no entry is believed to be larger than what is there;
//! no name leads out of the archive.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tar::EntryType;

use super::{ARCHIVE_BYTES_MAX, Archive, DATA, FILES_MAX, METADATA};

/// Where tar files say that they are.
const MAGIC_AT: usize = 257;
const MAGIC: &[u8] = b"ustar";

/// Why a file is no archive that can run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// It is no tar file, or it ends too early.
    #[error(
        "it is no whole tar file: {0}; copy it again, or write it anew with `stampede archive`"
    )]
    Broken(String),
    /// An entry that no archive of k6 or stampede has.
    #[error("it has the entry {0:?}, which {1}; nothing of it was used")]
    Entry(String, &'static str),
    /// Something is missing that every archive has.
    #[error("it has no {0}, so it is no archive of a script; write one with `stampede archive`")]
    Missing(&'static str),
    /// The metadata makes no sense.
    #[error("its metadata.json makes no sense: {0}")]
    Metadata(String),
    /// It is larger than any archive is allowed to be.
    #[error("it is larger than {ARCHIVE_BYTES_MAX} bytes or has more than {FILES_MAX} files")]
    TooLarge,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(rename = "type")]
    kind: String,
    filename: String,
    #[serde(default)]
    options: Value,
    #[serde(default)]
    env: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "compatibilityMode")]
    compatibility_mode: String,
}

/// Whether a file is an archive rather than a script.
pub(crate) fn looks_like_archive(bytes: &[u8]) -> bool {
    let end = MAGIC_AT + MAGIC.len();
    bytes.get(MAGIC_AT..end) == Some(MAGIC)
}

impl Archive {
    /// Reads a tar file.
    ///
    /// # Errors
    /// Why it cannot run.
    pub(in crate::run) fn read(bytes: &[u8]) -> Result<Archive, ArchiveError> {
        if bytes.len() as u64 > ARCHIVE_BYTES_MAX {
            return Err(ArchiveError::TooLarge);
        }
        let mut entries = entries(bytes)?;
        let metadata = entries
            .remove(Path::new(METADATA))
            .ok_or(ArchiveError::Missing(METADATA))?;
        let data = entries
            .remove(Path::new(DATA))
            .ok_or(ArchiveError::Missing(DATA))?;
        let metadata: Metadata = serde_json::from_slice(&metadata)
            .map_err(|error| ArchiveError::Metadata(error.to_string()))?;
        if metadata.kind != "js" {
            let problem = format!("its type is {:?}, and only \"js\" can run", metadata.kind);
            return Err(ArchiveError::Metadata(problem));
        }
        let path = metadata.filename.strip_prefix("file://").map(PathBuf::from);
        let path = path.filter(|path| path.is_absolute()).ok_or_else(|| {
            let problem = format!("its filename {:?} is no file:///…", metadata.filename);
            ArchiveError::Metadata(problem)
        })?;
        let files = entries
            .into_iter()
            .filter_map(|(place, bytes)| Some((path_of(&place)?, bytes)));
        Ok(Archive {
            path,
            data,
            options: metadata.options,
            env: metadata.env.unwrap_or_default(),
            compatibility_mode: metadata.compatibility_mode,
            files: files.collect(),
        })
    }
}

/// All files by their names in the archive.
fn entries(bytes: &[u8]) -> Result<BTreeMap<PathBuf, Arc<[u8]>>, ArchiveError> {
    let broken = |error: std::io::Error| ArchiveError::Broken(error.to_string());
    let mut files: BTreeMap<PathBuf, Arc<[u8]>> = BTreeMap::new();
    let mut tar = tar::Archive::new(bytes);
    for entry in tar.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refuse = |why| Err(ArchiveError::Entry(name.clone(), why));
        let Some(place) = inside(&name) else {
            return refuse("leads out of the archive");
        };
        if files.len() >= FILES_MAX {
            return Err(ArchiveError::TooLarge);
        }
        match entry.header().entry_type() {
            EntryType::Directory | EntryType::XGlobalHeader => {}
            EntryType::Regular | EntryType::Continuous => {
                let size = entry.size();
                if size > bytes.len() as u64 {
                    return refuse("is larger than the whole archive");
                }
                let mut content = Vec::new();
                entry.read_to_end(&mut content).map_err(broken)?;
                if content.len() as u64 != size {
                    return refuse("is cut short");
                }
                files.insert(place, content.into());
            }
            EntryType::Link => {
                let target = entry.link_name_bytes().unwrap_or_default();
                let target = inside(&String::from_utf8_lossy(&target));
                match target.and_then(|target| files.get(&target)) {
                    Some(content) => {
                        let content = Arc::clone(content);
                        files.insert(place, content);
                    }
                    None => return refuse("links to what does not come before it"),
                }
            }
            _ => return refuse("is neither a file nor a directory"),
        }
    }
    Ok(files)
}

/// A name in the archive as a path; `None` if it leads out of it.
fn inside(name: &str) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => inside.push(part),
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => return None,
        }
    }
    Some(inside)
}

/// The path by which the script knows a file; `None` for what no script can ask for.
fn path_of(place: &Path) -> Option<PathBuf> {
    if let Ok(rest) = place.strip_prefix("file") {
        return Some(Path::new("/").join(rest));
    }
    let rest = place.strip_prefix("https").ok()?;
    Some(PathBuf::from(format!("https://{}", rest.display())))
}

#[cfg(test)]
mod tests;
