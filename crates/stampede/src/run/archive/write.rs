//! From a script with all that it needs to the bytes of a tar file.
//!
//! Invariant: the same archive gives the same bytes, whenever and wherever it is written.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;
use tar::{Builder, EntryType, Header};

use super::{Archive, DATA, METADATA};
use crate::run::K6_VERSION;

impl Archive {
    /// The bytes of the tar file.
    ///
    /// # Errors
    /// A path that no tar file can hold.
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut tar = Builder::new(Vec::new());
        let metadata = serde_json::to_vec_pretty(&self.metadata())?;
        file(&mut tar, Path::new(METADATA), &metadata)?;
        file(&mut tar, Path::new(DATA), &self.data)?;
        let mut directories = BTreeSet::new();
        for path in self.files.keys() {
            let place = place_of(path);
            let above = place.ancestors().skip(1);
            directories.extend(
                above
                    .filter(|path| !path.as_os_str().is_empty())
                    .map(Path::to_owned),
            );
        }
        for directory in directories {
            let mut header = header(EntryType::Directory, 0o755, 0);
            tar.append_data(&mut header, directory, io::empty())?;
        }
        for (path, bytes) in &self.files {
            let place = place_of(path);
            if *path == self.path {
                let mut header = header(EntryType::Link, 0o644, 0);
                tar.append_link(&mut header, place, DATA)?;
            } else {
                file(&mut tar, &place, bytes)?;
            }
        }
        tar.into_inner()
    }

    fn metadata(&self) -> serde_json::Value {
        let pwd = self.path.parent().unwrap_or(Path::new("/"));
        json!({
            "type": "js",
            "options": self.options,
            "filename": format!("file://{}", self.path.display()),
            "pwd": format!("file://{}", pwd.display()),
            "env": self.env,
            "compatibilityMode": self.compatibility_mode,
            "k6version": K6_VERSION,
            "goos": std::env::consts::OS,
            "dependencies": { "k6": "*" },
        })
    }
}

/// Where a file stands in the archive: `/a/b.js` at `file/a/b.js`, `https://host/b.js` at
/// `https/host/b.js`.
fn place_of(path: &Path) -> PathBuf {
    if let Ok(rest) = path.strip_prefix("https:") {
        return Path::new("https").join(rest);
    }
    let rest = path.strip_prefix("/").unwrap_or(path);
    Path::new("file").join(rest)
}

fn file(tar: &mut Builder<Vec<u8>>, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut header = header(EntryType::Regular, 0o644, bytes.len() as u64);
    tar.append_data(&mut header, path, bytes)
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header
}
