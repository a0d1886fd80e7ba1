//! Keeps the house's secret in the data directory, beside the journal.
//!
//! Whatever takes numbers back (an accepted loss, a backup, a restore) leaves a demand for a new
//! epoch first; the next opening meets it before the first token is made.
//!
//! Invariants: replaced whole or not at all, and durable before a token is made with it; what was
//! in it stays as long as a number could need it; the journal knows its print, so that another
//! secret is noticed; readable by its owner only. Never: logged.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::secret::{Epoch, Numbers, SECRET_BYTES, Secret};

/// The file's name in the data directory.
pub const SECRET_FILE: &str = "house.secret";

/// The name of the demand for a new epoch. That it is there is all that counts.
pub const RENEW_FILE: &str = "house.secret.renew";

/// Epochs after the first. Only losses and restores with sales between them make more.
const EPOCHS_MAX: usize = 1_000;

/// More than the largest file has: 64 digits, three numbers of up to 20, and what is between.
const FILE_BYTES_MAX: u64 = (EPOCHS_MAX as u64 + 3) * 140;

/// Of a secret without later epochs.
const HEADER_ONE: &str = "boxoffice secret 1";

/// Of a secret with later epochs.
const HEADER_MORE: &str = "boxoffice secret 2";

/// The secret as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    first: [u8; SECRET_BYTES],
    later: Vec<Epoch>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept(…, {} later)", self.later.len())
    }
}

impl Kept {
    /// The secret, ready to use.
    #[must_use]
    pub fn secret(&self) -> Secret {
        Secret::of_epochs(&self.first, &self.later)
    }
}

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
    /// There is no room for another epoch.
    #[error(
        "{} has {EPOCHS_MAX} epochs, the most that it can have: this house lost entries or was \
         restored that often; nothing was changed; keep the files and report this",
        path.display()
    )]
    Full {
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
pub fn read(dir: &Path) -> Result<Kept, SecretFailed> {
    let path = dir.join(SECRET_FILE);
    let text = match read_text(&path) {
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

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = fs::File::open(path)?;
    // One byte too many is noticed, because no such file was ever written.
    file.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// Reads the secret of a house before its first event, making it if there is none.
///
/// # Errors
/// [`SecretFailed`]; what was there is unchanged.
pub fn read_or_make(dir: &Path) -> Result<Kept, SecretFailed> {
    match read(dir) {
        Err(SecretFailed::Missing { .. }) => {
            let made = Kept {
                first: random::<SECRET_BYTES>()?,
                later: Vec::new(),
            };
            write(dir, &made)?;
            Ok(made)
        }
        read => read,
    }
}

/// Copies the secret of a house into a copy of it, with the demand for a new epoch before it: a
/// copy that opens never gives what the house itself has given since.
///
/// # Errors
/// [`SecretFailed`]; the copy may have the demand then, but no secret.
pub fn copy(from_dir: &Path, to_dir: &Path) -> Result<(), SecretFailed> {
    let kept = read(from_dir)?;
    demand_renewal(to_dir)?;
    write(to_dir, &kept)
}

/// Demands, durably, that the next opening begins a new epoch. Doing so without need is harmless.
///
/// # Errors
/// [`SecretFailed::File`].
pub fn demand_renewal(dir: &Path) -> Result<(), SecretFailed> {
    let path = dir.join(RENEW_FILE);
    let write = || -> io::Result<()> {
        let mut file = fs::File::create(&path)?;
        file.write_all(b"the next opening begins a new epoch of house.secret\n")?;
        file.sync_all()?;
        fs::File::open(dir)?.sync_all()
    };
    write().map_err(|source| SecretFailed::File { path, source })
}

/// Begins a new epoch behind the last numbers that the recovered house has given, if that was
/// demanded. To be called under the house's lock.
///
/// # Errors
/// [`SecretFailed`]; the demand is still there then.
pub fn renew_if_demanded(dir: &Path, kept: Kept, given: Numbers) -> Result<Kept, SecretFailed> {
    let demand = dir.join(RENEW_FILE);
    let failed = |source| SecretFailed::File {
        path: demand.clone(),
        source,
    };
    if !demand.try_exists().map_err(failed)? {
        return Ok(kept);
    }
    let renewed = renewed(kept, random()?, given).ok_or_else(|| SecretFailed::Full {
        path: dir.join(SECRET_FILE),
    })?;
    // 1. The epoch is durable. 2. The demand goes. A crash between the two begins one more epoch
    // behind the same numbers, which replaces this one.
    write(dir, &renewed)?;
    fs::remove_file(&demand)
        .and_then(|()| fs::File::open(dir)?.sync_all())
        .map_err(failed)?;
    Ok(renewed)
}

/// With a new epoch, and without those that count for no number any more.
fn renewed(mut kept: Kept, bytes: [u8; SECRET_BYTES], after: Numbers) -> Option<Kept> {
    kept.later.retain(|epoch| {
        let Numbers {
            holds,
            bookings,
            orders,
        } = epoch.after;
        holds < after.holds || bookings < after.bookings || orders < after.orders
    });
    kept.later.push(Epoch { bytes, after });
    (kept.later.len() <= EPOCHS_MAX).then_some(kept)
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

fn write(dir: &Path, kept: &Kept) -> Result<(), SecretFailed> {
    let (path, next) = (
        dir.join(SECRET_FILE),
        dir.join(format!("{SECRET_FILE}.next")),
    );
    let write = || -> io::Result<()> {
        // What an interrupted write left may have been made with other rights.
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&next)?;
        file.write_all(render(kept).as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, &path)?;
        fs::File::open(dir)?.sync_all()
    };
    write().map_err(|source| SecretFailed::File { path, source })
}

fn render(kept: &Kept) -> String {
    use std::fmt::Write as _;
    if kept.later.is_empty() {
        return format!(
            "{HEADER_ONE}\n{}\n{}\n",
            hex(&kept.first),
            hex(&Sha256::digest(kept.first))
        );
    }
    let mut text = format!("{HEADER_MORE}\n{}\n", hex(&kept.first));
    for Epoch { bytes, after } in &kept.later {
        let Numbers {
            holds,
            bookings,
            orders,
        } = after;
        writeln!(text, "{} {holds} {bookings} {orders}", hex(bytes))
            .expect("writing to a string does not fail");
    }
    let digest = hex(&Sha256::digest(&text));
    text + &digest + "\n"
}

/// Exactly what [`render`] wrote, or nothing.
fn parse(text: &str) -> Option<Kept> {
    let mut lines = text.lines();
    let header = lines.next()?;
    let first = bytes(lines.next()?)?;
    let mut later = Vec::new();
    if header == HEADER_MORE {
        let lines: Vec<_> = lines.collect();
        let (_, epochs) = lines.split_last()?;
        if EPOCHS_MAX < epochs.len() {
            return None;
        }
        for line in epochs {
            later.push(epoch(line)?);
        }
    }
    let kept = Kept { first, later };
    (render(&kept) == text).then_some(kept)
}

fn epoch(line: &str) -> Option<Epoch> {
    let mut fields = line.split(' ');
    let bytes = bytes(fields.next()?)?;
    let mut number = || fields.next()?.parse().ok();
    let after = Numbers {
        holds: number()?,
        bookings: number()?,
        orders: number()?,
    };
    Some(Epoch { bytes, after })
}

fn bytes(hex: &str) -> Option<[u8; SECRET_BYTES]> {
    let mut bytes = [0; SECRET_BYTES];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
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

    fn numbers(holds: u64, bookings: u64, orders: u64) -> Numbers {
        Numbers {
            holds,
            bookings,
            orders,
        }
    }

    fn one() -> Kept {
        Kept {
            first: [0x5a; SECRET_BYTES],
            later: Vec::new(),
        }
    }

    #[test]
    fn every_flipped_bit_of_the_file_is_noticed() {
        let two = renewed(one(), [0xc3; SECRET_BYTES], numbers(12, 0, 7)).unwrap();
        let three = renewed(two.clone(), [0x3c; SECRET_BYTES], numbers(900, 1, 7)).unwrap();
        assert_eq!((two.later.len(), three.later.len()), (1, 2));
        for kept in [one(), two, three] {
            let good = render(&kept).into_bytes();
            assert_eq!(parse(&render(&kept)), Some(kept));
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

    #[test]
    fn a_file_of_one_epoch_reads_as_it_always_was() {
        // The digest of 32 bytes 0x5a, by another program.
        let digest = "60bf07c488aad18fda339df07e4fbc47b4f00be71711936f18d04d352ad01890";
        let text = format!(
            "boxoffice secret 1\n{}\n{digest}\n",
            "5a".repeat(SECRET_BYTES)
        );
        assert_eq!(parse(&text), Some(one()));
        assert_eq!(render(&one()), text);
    }

    #[test]
    fn a_demand_is_met_once_and_again_after_a_crash_before_it_was_removed() {
        let dir = tempfile::tempdir().unwrap();
        let made = read_or_make(dir.path()).unwrap();
        let given = numbers(4, 2, 1);
        let same = renew_if_demanded(dir.path(), made.clone(), given).unwrap();
        assert_eq!(same, made);
        demand_renewal(dir.path()).unwrap();
        let renewed = renew_if_demanded(dir.path(), made.clone(), given).unwrap();
        assert_eq!(read(dir.path()).unwrap(), renewed);
        assert!(!dir.path().join(RENEW_FILE).exists());
        let ends = |kept: &Kept| kept.later.iter().map(|e| e.after).collect::<Vec<_>>();
        assert_eq!((renewed.first, ends(&renewed)), (made.first, vec![given]));
        demand_renewal(dir.path()).unwrap();
        let again = renew_if_demanded(dir.path(), renewed.clone(), given).unwrap();
        assert_eq!(
            ends(&again),
            [given],
            "it replaces the one without a number"
        );
        assert_ne!(again, renewed);
        assert_eq!(read(dir.path()).unwrap(), again);
        assert_eq!(again.secret().print(), made.secret().print());
    }

    #[test]
    fn a_copy_has_the_secret_and_the_demand() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert!(copy(from.path(), to.path()).is_err());
        assert_eq!(fs::read_dir(to.path()).unwrap().count(), 0);
        let made = read_or_make(from.path()).unwrap();
        copy(from.path(), to.path()).unwrap();
        assert_eq!(read(to.path()).unwrap(), made);
        assert!(to.path().join(RENEW_FILE).exists());
    }

    #[test]
    fn epochs_are_bounded_and_the_largest_file_is_read_whole() {
        let mut kept = one();
        let large = |n: usize| numbers(u64::MAX - 2_000 + n as u64, u64::MAX, u64::MAX);
        for n in 0..EPOCHS_MAX {
            kept = renewed(kept, [1; SECRET_BYTES], large(n)).unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &kept).unwrap();
        assert_eq!(read(dir.path()).unwrap(), kept);
        assert_eq!(renewed(kept, [1; SECRET_BYTES], large(EPOCHS_MAX)), None);
    }
}
