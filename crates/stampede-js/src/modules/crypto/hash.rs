//! Hashes by the names that scripts use, and how results are written.

use digest::{Digest, KeyInit as _};
use hmac::Hmac;

use crate::modules::encoding::base64::Variant;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// MD4
    Md4,
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
    /// SHA-512/224
    Sha512x224,
    /// SHA-512/256
    Sha512x256,
    /// RIPEMD-160
    Ripemd160,
}

/// No hash function has this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid algorithm: {0}")]
pub(crate) struct UnknownAlgorithm(String);

/// No output encoding has this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid output encoding: {0}")]
pub(crate) struct UnknownEncoding(String);

impl Algorithm {
    /// All, by name.
    pub(crate) const ALL: [(&'static str, Self); 9] = [
        ("md4", Self::Md4),
        ("md5", Self::Md5),
        ("sha1", Self::Sha1),
        ("sha256", Self::Sha256),
        ("sha384", Self::Sha384),
        ("sha512", Self::Sha512),
        ("sha512_224", Self::Sha512x224),
        ("sha512_256", Self::Sha512x256),
        ("ripemd160", Self::Ripemd160),
    ];

    /// Finds one by name.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn named(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, algorithm)| *algorithm)
            .ok_or_else(|| UnknownAlgorithm(name.to_owned()))
    }

    /// Starts a hash.
    pub(crate) fn hasher(self) -> Box<dyn Hasher> {
        match self {
            Self::Md4 => plain::<md4::Md4>(),
            Self::Md5 => plain::<md5::Md5>(),
            Self::Sha1 => plain::<sha1::Sha1>(),
            Self::Sha256 => plain::<sha2::Sha256>(),
            Self::Sha384 => plain::<sha2::Sha384>(),
            Self::Sha512 => plain::<sha2::Sha512>(),
            Self::Sha512x224 => plain::<sha2::Sha512_224>(),
            Self::Sha512x256 => plain::<sha2::Sha512_256>(),
            Self::Ripemd160 => plain::<ripemd::Ripemd160>(),
        }
    }

    /// Starts a keyed hash.
    pub(crate) fn keyed(self, key: &[u8]) -> Box<dyn Hasher> {
        macro_rules! keyed {
            ($hash:ty) => {
                Box::new(Keyed(
                    Hmac::<$hash>::new_from_slice(key).expect("a key may have any length"),
                ))
            };
        }
        match self {
            Self::Md4 => keyed!(md4::Md4),
            Self::Md5 => keyed!(md5::Md5),
            Self::Sha1 => keyed!(sha1::Sha1),
            Self::Sha256 => keyed!(sha2::Sha256),
            Self::Sha384 => keyed!(sha2::Sha384),
            Self::Sha512 => keyed!(sha2::Sha512),
            Self::Sha512x224 => keyed!(sha2::Sha512_224),
            Self::Sha512x256 => keyed!(sha2::Sha512_256),
            Self::Ripemd160 => keyed!(ripemd::Ripemd160),
        }
    }
}

/// A hash in the making.
pub(crate) trait Hasher {
    /// Adds bytes.
    fn update(&mut self, bytes: &[u8]);
    /// The hash of all bytes so far; more may follow.
    fn digest(&self) -> Vec<u8>;
}

struct Plain<D>(D);

fn plain<D: Digest + Clone + 'static>() -> Box<dyn Hasher> {
    Box::new(Plain(D::new()))
}

impl<D: Digest + Clone> Hasher for Plain<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn digest(&self) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }
}

struct Keyed<M>(M);

impl<M: digest::Mac + Clone> Hasher for Keyed<M> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn digest(&self) -> Vec<u8> {
        self.0.clone().finalize().into_bytes().to_vec()
    }
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Bytes.
    Binary,
    /// Two digits per byte, lower case.
    Hex,
    /// Base64.
    Base64(Variant),
}

impl Encoding {
    /// Finds one by name.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn named(name: &str) -> Result<Self, UnknownEncoding> {
        Ok(match name {
            "binary" => Self::Binary,
            "hex" => Self::Hex,
            "base64" => Self::Base64(Variant::Std),
            "base64url" => Self::Base64(Variant::Url),
            "base64rawurl" => Self::Base64(Variant::RawUrl),
            _ => return Err(UnknownEncoding(name.to_owned())),
        })
    }
}

/// Two lower-case digits per byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash and the keyed hash (key `k`) of `hello`, as k6 answered them.
    const KNOWN: [(&str, &str, &str); 9] = [
        (
            "md4",
            "866437cb7a794bce2b727acc0362ee27",
            "b5e7f0d8cdb9dd7b3f9cf2f3a88b61ea",
        ),
        (
            "md5",
            "5d41402abc4b2a76b9719d911017c592",
            "a0a84896984b647d4a583b612442d26d",
        ),
        (
            "sha1",
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            "0b7938d1a2cdcafa94645a5c3508f7236ae457a9",
        ),
        (
            "sha256",
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            "406e4b43f87095aa86ca6299d25e875921fefa180f02043bb29bec5681c0c2d0",
        ),
        (
            "sha384",
            "59e1748777448c69de6b800d7a33bbfb9ff1b463e44354c3553bcdb9c666fa90125a3c79f90397bdf5f\
             6a13de828684f",
            "bddef9eb88d3473e6766e4517e43d3fea0c5977a2892697fa812a7395bc2fc5299f111ce2a336cc6bbf\
             371df95ec1c87",
        ),
        (
            "sha512",
            "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7\
             acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
            "86b6102b754ae558df0ec3e7905c81250b3e1ba69b060c1bb9641a8f19863035fb007c829b0648da38a\
             03255630131fc2f775e0110c0aa11b33750a14cf48ecb",
        ),
        (
            "sha512_224",
            "fe8509ed1fb7dcefc27e6ac1a80eddbec4cb3d2c6fe565244374061c",
            "73e674ac785da8d3c8452643911e22f20e5666216eaac27d0f6c52ec",
        ),
        (
            "sha512_256",
            "e30d87cfa2a75db545eac4d61baf970366a8357c7f72fa95b52d0accb698f13a",
            "356f0c85a3181f4f0a237a8a430379f1d8bceed3df33f348f63c9d62c18e012a",
        ),
        (
            "ripemd160",
            "108f07b8382412612c048d07d13f814118445acd",
            "dee050825fae5df17d769f2eb7e3cab64decbb74",
        ),
    ];

    #[test]
    fn every_algorithm_hashes_as_k6_does() {
        assert_eq!(KNOWN.len(), Algorithm::ALL.len());
        for (name, plain, keyed) in KNOWN {
            let algorithm = Algorithm::named(name).unwrap();
            let mut hasher = algorithm.hasher();
            hasher.update(b"hel");
            let early = hasher.digest();
            hasher.update(b"lo");
            assert_eq!(hex(&hasher.digest()), plain, "{name}");
            assert_ne!(hex(&early), plain, "{name}");
            let mut hasher = algorithm.keyed(b"k");
            hasher.update(b"hello");
            assert_eq!(hex(&hasher.digest()), keyed, "{name}");
            assert_eq!(hex(&hasher.digest()), keyed, "{name}, asked again");
        }
    }

    #[test]
    fn an_unknown_name_is_said_back() {
        let error = Algorithm::named("nope").unwrap_err();
        assert_eq!(error.to_string(), "invalid algorithm: nope");
        let error = Encoding::named("").unwrap_err();
        assert_eq!(error.to_string(), "invalid output encoding: ");
    }
}
