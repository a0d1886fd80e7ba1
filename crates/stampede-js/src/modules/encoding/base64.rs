//! The four spellings of base64 that scripts name.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A spelling of base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// `+` and `/`, padded.
    Std,
    /// `+` and `/`, not padded.
    RawStd,
    /// `-` and `_`, padded.
    Url,
    /// `-` and `_`, not padded.
    RawUrl,
}

/// A character stands where base64 has none, or the text ends too early.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data at input byte {at}")]
pub(crate) struct NotBase64 {
    /// The position in the text, in bytes from 0.
    pub(crate) at: usize,
}

impl Variant {
    /// The spelling that a script names; any other name means the usual one, as in k6.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "rawstd" => Self::RawStd,
            "url" => Self::Url,
            "rawurl" => Self::RawUrl,
            _ => Self::Std,
        }
    }

    fn alphabet(self) -> &'static Alphabet {
        match self {
            Self::Std | Self::RawStd => &STANDARD,
            Self::Url | Self::RawUrl => &URL_SAFE,
        }
    }

    fn is_padded(self) -> bool {
        matches!(self, Self::Std | Self::Url)
    }

    fn engine(self) -> GeneralPurpose {
        let padding = if self.is_padded() {
            DecodePaddingMode::RequireCanonical
        } else {
            DecodePaddingMode::RequireNone
        };
        let config = GeneralPurposeConfig::new()
            .with_encode_padding(self.is_padded())
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(padding);
        GeneralPurpose::new(self.alphabet(), config)
    }

    /// Writes bytes.
    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        self.engine().encode(bytes)
    }

    /// Reads bytes; line breaks anywhere are skipped, and spare bits at the end ignored.
    ///
    /// # Errors
    /// If the text is not base64 in this spelling.
    pub(crate) fn decode(self, text: &str) -> Result<Vec<u8>, NotBase64> {
        let plain: Vec<u8> = text
            .bytes()
            .filter(|byte| !matches!(byte, b'\r' | b'\n'))
            .collect();
        self.engine().decode(&plain).map_err(|error| {
            let at = match error {
                base64::DecodeError::InvalidByte(at, _)
                | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => at,
                base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => {
                    self.end_of_whole_groups(&plain)
                }
            };
            NotBase64 { at }
        })
    }

    /// Where the first incomplete group of four starts, or the padding that should not be there.
    fn end_of_whole_groups(self, plain: &[u8]) -> usize {
        if self.is_padded() {
            return plain.len() / 4 * 4;
        }
        let padding = plain.iter().position(|byte| *byte == b'=');
        padding.unwrap_or(plain.len() / 4 * 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_spelling() {
        let bytes = "a?>~ÿa".as_bytes();
        for (name, expected) in [
            ("std", "YT8+fsO/YQ=="),
            ("rawstd", "YT8+fsO/YQ"),
            ("url", "YT8-fsO_YQ=="),
            ("rawurl", "YT8-fsO_YQ"),
            ("bogus", "YT8+fsO/YQ=="),
        ] {
            let variant = Variant::named(name);
            assert_eq!(variant.encode(bytes), expected, "{name}");
            assert_eq!(variant.decode(expected).unwrap(), bytes, "{name}");
        }
    }

    #[test]
    fn what_is_not_base64_says_where() {
        for (variant, text, at) in [
            (Variant::Url, "YT8+fsO/", 3),
            (Variant::Std, "YQ", 0),
            (Variant::RawStd, "YQ==", 2),
            (Variant::Std, "Y Q==", 1),
            (Variant::RawStd, "YWFhY", 4),
            (Variant::Std, "[object ArrayBuffer]", 0),
        ] {
            assert_eq!(variant.decode(text), Err(NotBase64 { at }), "{text}");
        }
    }

    #[test]
    fn line_breaks_and_spare_bits_are_ignored() {
        assert_eq!(Variant::Std.decode("Y\nQ\r\n==").unwrap(), b"a");
        assert_eq!(Variant::Std.decode("YR==").unwrap(), b"a");
        assert_eq!(Variant::Std.decode("").unwrap(), b"");
    }
}
