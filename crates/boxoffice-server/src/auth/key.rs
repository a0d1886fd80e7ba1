//! API keys as they are stored: one JSON file with a checksum.
//!
//! Invariants: numbers count from 1 without a gap and are never reused, because revoked keys stay.
//! What does not match its checksum is damage, and damage is never read as "no keys".

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::principal::Role;

/// Keys of one house, revoked ones included.
pub const KEYS_MAX: usize = 10_000;

/// Characters of a key's name.
pub const NAME_CHARS_MAX: usize = 64;

/// The only version of the file so far.
const VERSION: u32 = 1;

/// Random bytes of a secret: beyond any guessing.
const SECRET_BYTES: usize = 20;

/// Digits that are not mistaken for each other.
const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// One key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// From 1, never reused.
    pub number: u32,
    /// What its owner calls it.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// SHA-256 of the secret in hexadecimal digits.
    pub(super) hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stopped working, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

/// The file of keys is not what was written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeysDamaged {
    /// It is not the JSON that we write.
    #[error("it cannot be read as keys")]
    NotKeys(#[source] serde_json::Error),
    /// A newer server wrote it.
    #[error("it has version {version}, and this server knows version 1 only")]
    Version {
        /// What it says.
        version: u32,
    },
    /// Bytes have changed since it was written.
    #[error("its checksum does not match: bytes have changed since it was written")]
    Checksum,
    /// It contradicts itself.
    #[error("it has too many keys, or numbers, names or hashes that no server writes")]
    Content,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    keys: Vec<Key>,
    checksum: String,
}

/// Reads the file's bytes.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Key>, KeysDamaged> {
    let file: File = serde_json::from_slice(bytes).map_err(KeysDamaged::NotKeys)?;
    if file.version != VERSION {
        return Err(KeysDamaged::Version {
            version: file.version,
        });
    }
    if checksum(&file.keys) != file.checksum {
        return Err(KeysDamaged::Checksum);
    }
    let numbered = file
        .keys
        .iter()
        .zip(1..)
        .all(|(key, number)| key.number == number);
    let sound = file
        .keys
        .iter()
        .all(|key| is_name(&key.name) && hash_bytes(&key.hash).is_some());
    if numbered && sound && file.keys.len() <= KEYS_MAX {
        Ok(file.keys)
    } else {
        Err(KeysDamaged::Content)
    }
}

/// The file's bytes for these keys.
pub(super) fn encode(keys: Vec<Key>) -> Vec<u8> {
    let checksum = checksum(&keys);
    let file = File {
        version: VERSION,
        keys,
        checksum,
    };
    let mut bytes = serde_json::to_vec_pretty(&file).expect("keys are plain JSON");
    bytes.push(b'\n');
    bytes
}

fn checksum(keys: &[Key]) -> String {
    let bytes = serde_json::to_vec(keys).expect("keys are plain JSON");
    hex(&Sha256::digest(bytes).into())
}

/// Makes a secret of random bytes.
pub(super) fn secret(role: Role, random: [u8; SECRET_BYTES]) -> String {
    let role = match role {
        Role::Seller => "seller",
        Role::Admin => "admin",
    };
    let mut secret = format!("bo_{role}_");
    // Five bits a digit; 160 bits are 32 digits without a rest.
    let (mut bits, mut n_bits) = (0_u32, 0_u32);
    for byte in random {
        bits = bits << 8 | u32::from(byte);
        n_bits += 8;
        while 5 <= n_bits {
            n_bits -= 5;
            let digit = bits >> n_bits & 31;
            secret.push(char::from(DIGITS[digit as usize]));
        }
    }
    secret
}

/// What is stored of a secret.
pub(super) fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

pub(super) fn hex(bytes: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            let _written = write!(text, "{byte:02x}");
            text
        })
}

pub(super) fn hash_bytes(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Whether a name can be printed in a list on one line.
pub(super) fn is_name(name: &str) -> bool {
    let chars = name.chars().count();
    (1..=NAME_CHARS_MAX).contains(&chars)
        && name.trim() == name
        && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<Key> {
        (1..=3)
            .map(|number| Key {
                number,
                name: format!("till {number}"),
                role: Role::Seller,
                hash: hex(&hash(&number.to_be_bytes())),
                created_at: Timestamp::UNIX_EPOCH,
                revoked_at: (number == 2).then_some(Timestamp::UNIX_EPOCH),
            })
            .collect()
    }

    #[test]
    fn keys_come_back_as_they_were_written() {
        assert_eq!(decode(&encode(keys())).unwrap(), keys());
        assert_eq!(decode(&encode(Vec::new())).unwrap(), []);
    }

    #[test]
    fn any_changed_or_missing_byte_is_damage_or_means_the_same() {
        let bytes = encode(keys());
        for at in 0..bytes.len() {
            assert!(
                at + 1 == bytes.len() || decode(&bytes[..at]).is_err(),
                "cut at {at}"
            );
            for flip in [1, 4, 32] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                // White space between fields may change into other white space.
                match decode(&changed) {
                    Ok(read) => assert_eq!(read, keys(), "byte {at}"),
                    Err(_damaged) => {}
                }
            }
        }
    }

    #[test]
    fn contradictions_with_a_right_checksum_are_damage_too() {
        for spoil in [
            (|keys: &mut Vec<Key>| keys[1].number = 1) as fn(&mut Vec<Key>),
            |keys| keys[2].number = 9,
            |keys| keys[0].name = String::new(),
            |keys| keys[0].name = "a\nb".to_owned(),
            |keys| keys[0].hash = "00".to_owned(),
        ] {
            let mut spoilt = keys();
            spoil(&mut spoilt);
            assert!(matches!(decode(&encode(spoilt)), Err(KeysDamaged::Content)));
        }
    }

    #[test]
    fn a_secret_names_its_role_and_keeps_every_random_bit() {
        let zero = secret(Role::Admin, [0; SECRET_BYTES]);
        assert_eq!(zero, format!("bo_admin_{}", "a".repeat(32)));
        let mut seen = std::collections::BTreeSet::from([zero]);
        for bit in 0..SECRET_BYTES * 8 {
            let mut random = [0; SECRET_BYTES];
            random[bit / 8] = 1 << (bit % 8);
            assert!(seen.insert(secret(Role::Admin, random)));
        }
        assert_eq!(
            secret(Role::Seller, [255; SECRET_BYTES]),
            format!("bo_seller_{}", "9".repeat(32))
        );
    }
}
