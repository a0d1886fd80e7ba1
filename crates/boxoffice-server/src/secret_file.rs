//! Keeps the house's secret in the data directory, beside the journal.
//!
//! Invariants: written once, whole, durable before the first token is made; the journal knows its
//! print, so that another secret is noticed; readable by its owner only.
//! Never: overwritten, logged.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::secret::SECRET_BYTES;

/// The file's name in the data directory.
pub const SECRET_FILE: &str = "house.secret";

const HEADER: &str = "boxoffice secret 1";

/// Why the secret cannot be had. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFailed {
    /// The file cannot be read or written.
    #[error("{} cannot be used; nothing was changed", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The house exists and its secret does not.
    #[error(
        "{} is missing: without it no hold token and no booking id of this house can be checked; \
         nothing was changed; restore the file from a backup of this house",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is not what was written.
    #[error(
        "{} is damaged: with another secret every hold token and booking id that was given out \
         would be refused; nothing was changed; restore the file from a backup of this house",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// No random numbers.
    #[error("the system gives no random numbers; nothing was changed: {0}")]
    Random(String),
}

/// Reads the secret of an existing house.
///
/// # Errors
/// [`SecretFailed`]; nothing was changed.
pub fn read(dir: &Path) -> Result<[u8; SECRET_BYTES], SecretFailed> {
    let path = dir.join(SECRET_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SecretFailed::Missing { path });
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(SecretFailed::Damaged { path });
        }
        Err(source) => return Err(SecretFailed::File { path, source }),
    };
    parse(&text).ok_or(SecretFailed::Damaged { path })
}

/// Reads the secret of a house before its first event, making it if there is none.
///
/// # Errors
/// [`SecretFailed`]; what was there is unchanged.
pub fn read_or_make(dir: &Path) -> Result<[u8; SECRET_BYTES], SecretFailed> {
    match read(dir) {
        Err(SecretFailed::Missing { path }) => {
            let secret = random::<SECRET_BYTES>()?;
            write(dir, &path, &secret).map_err(|source| SecretFailed::File { path, source })?;
            Ok(secret)
        }
        read => read,
    }
}

/// Random bytes of the system.
///
/// # Errors
/// [`SecretFailed::Random`].
pub fn random<const N: usize>() -> Result<[u8; N], SecretFailed> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| SecretFailed::Random(error.to_string()))?;
    Ok(bytes)
}

fn write(dir: &Path, path: &Path, secret: &[u8; SECRET_BYTES]) -> io::Result<()> {
    let next = dir.join(format!("{SECRET_FILE}.next"));
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&next)?;
    file.write_all(render(secret).as_bytes())?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    fs::File::open(dir)?.sync_all()
}

fn render(secret: &[u8; SECRET_BYTES]) -> String {
    format!(
        "{HEADER}\n{}\n{}\n",
        hex(secret),
        hex(&Sha256::digest(secret))
    )
}

/// Exactly what [`render`] wrote, or nothing.
fn parse(text: &str) -> Option<[u8; SECRET_BYTES]> {
    let line = text.lines().nth(1)?;
    let mut secret = [0; SECRET_BYTES];
    for (at, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(line.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (render(&secret) == text).then_some(secret)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_of_the_file_is_noticed() {
        let secret = [0x5a; SECRET_BYTES];
        let good = render(&secret).into_bytes();
        assert_eq!(parse(&render(&secret)), Some(secret));
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let read = std::str::from_utf8(&bad).ok().and_then(parse);
                assert_eq!(read, None, "byte {at} bit {bit}");
            }
            assert_eq!(std::str::from_utf8(&good[..at]).ok().and_then(parse), None);
        }
    }
}
