//! Compresses bodies of requests and decompresses those of responses.
//!
//! Invariants: no more than the given number of bytes is ever decompressed, whatever the input
//! says of itself.

use std::io::{Read, Write as _};

use bytes::Bytes;
use http::header::HeaderValue;

use crate::code;
use crate::error::{HttpError, Stage};

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `gzip`
    Gzip,
    /// `deflate`, in its zlib form
    Deflate,
    /// `zstd`
    Zstd,
    /// `br`
    Brotli,
}

impl Encoding {
    /// The encoding of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "zstd" => Some(Self::Zstd),
            "br" => Some(Self::Brotli),
            _ => None,
        }
    }

    /// Reads the `compression` parameter of a request: names divided by commas.
    ///
    /// # Errors
    /// The first unknown name, in the words that k6 has for it.
    pub fn parse_list(names: &str) -> Result<Vec<Self>, String> {
        let parse = |name: &str| {
            let name = name.trim();
            Self::parse(name).ok_or_else(|| {
                let known = "supported algorithms are [gzip deflate zstd br]";
                format!("unknown compression algorithm {name}, {known}")
            })
        };
        names.split(',').map(parse).collect()
    }

    /// Its name in headers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
        }
    }

    /// The value of `Content-Encoding` for several, in order.
    pub(crate) fn header(encodings: &[Self]) -> HeaderValue {
        if let [encoding] = encodings {
            return HeaderValue::from_static(encoding.as_str());
        }
        let names: Vec<&str> = encodings.iter().map(|encoding| encoding.as_str()).collect();
        HeaderValue::from_str(&names.join(", ")).expect("the names are plain letters")
    }
}

/// Compresses a body by each encoding in turn.
pub(crate) fn compress(body: &Bytes, encodings: &[Encoding]) -> Result<Bytes, HttpError> {
    let mut body = body.clone();
    for encoding in encodings {
        let compressed = compress_once(&body, *encoding);
        body = compressed.map(Bytes::from).map_err(|error| {
            let text = format!("cannot compress the body of the request: {error}");
            HttpError::new(code::GENERAL, Stage::Prepare, text)
        })?;
    }
    Ok(body)
}

fn compress_once(body: &[u8], encoding: Encoding) -> std::io::Result<Vec<u8>> {
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    match encoding {
        Encoding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body)?;
            encoder.finish()
        }
        Encoding::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body)?;
            encoder.finish()
        }
        Encoding::Zstd => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            Ok(ruzstd::encoding::compress_to_vec(body, level))
        }
        Encoding::Brotli => {
            let mut compressed = Vec::new();
            let mut writer = brotli::CompressorWriter::new(&mut compressed, 4096, 5, 22);
            writer.write_all(body)?;
            drop(writer);
            Ok(compressed)
        }
    }
}

/// Decompresses a body by what its `Content-Encoding` lists, last first. A body that nobody
/// compressed, or in a way that nobody knows, is left as it is.
pub(crate) fn decompress(body: Bytes, list: &[u8], bytes_max: u64) -> Result<Bytes, HttpError> {
    if body.is_empty() {
        return Ok(body);
    }
    let list = String::from_utf8_lossy(list);
    let names = list.split(',').map(str::trim);
    let Some(encodings) = names
        .map(Encoding::parse)
        .collect::<Option<Vec<Encoding>>>()
    else {
        return Ok(body);
    };
    let mut body = body;
    for encoding in encodings.into_iter().rev() {
        body = decompress_once(&body, encoding, bytes_max)
            .map(Bytes::from)
            .map_err(|reason| {
                let text = format!("error decompressing response body ({reason})");
                HttpError::new(code::DECOMPRESSION, Stage::Body, text)
            })?;
    }
    Ok(body)
}

fn decompress_once(body: &[u8], encoding: Encoding, bytes_max: u64) -> Result<Vec<u8>, String> {
    match encoding {
        Encoding::Gzip => {
            if body.len() >= 10 && !body.starts_with(&[0x1f, 0x8b]) {
                return Err("gzip: invalid header".to_owned());
            }
            read_all(flate2::read::MultiGzDecoder::new(body), bytes_max)
        }
        Encoding::Deflate => {
            if body.len() >= 2 && body[0] & 0x0f != 8 {
                return Err("zlib: invalid header".to_owned());
            }
            read_all(flate2::read::ZlibDecoder::new(body), bytes_max)
        }
        Encoding::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(body);
            read_all(decoder.map_err(|error| error.to_string())?, bytes_max)
        }
        Encoding::Brotli => read_all(brotli::Decompressor::new(body, 4096), bytes_max),
    }
}

fn read_all(mut decoder: impl Read, bytes_max: u64) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    match decoder
        .by_ref()
        .take(bytes_max.saturating_add(1))
        .read_to_end(&mut plain)
    {
        Ok(_) if u64::try_from(plain.len()).is_ok_and(|bytes| bytes <= bytes_max) => Ok(plain),
        Ok(_) => Err(format!("more than the limit of {bytes_max} bytes")),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err("unexpected EOF".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 4] = [
        Encoding::Gzip,
        Encoding::Deflate,
        Encoding::Zstd,
        Encoding::Brotli,
    ];

    #[test]
    fn what_was_compressed_comes_back() {
        let body = Bytes::from("seat 14C ".repeat(10_000));
        for encoding in ALL {
            let compressed = compress(&body, &[encoding]).unwrap();
            assert!(compressed.len() < body.len() / 10, "{encoding:?}");
            let plain = decompress(compressed, encoding.as_str().as_bytes(), 1 << 20).unwrap();
            assert_eq!(plain, body, "{encoding:?}");
        }
    }

    #[test]
    fn several_encodings_are_undone_last_first() {
        let body = Bytes::from_static(b"hello");
        let encodings = Encoding::parse_list("deflate, gzip,br").unwrap();
        let compressed = compress(&body, &encodings).unwrap();
        let header = Encoding::header(&encodings);
        assert_eq!(header, "deflate, gzip, br");
        assert_eq!(
            decompress(compressed, header.as_bytes(), 100).unwrap(),
            body
        );
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = Bytes::from(vec![0; 1 << 20]);
        for encoding in ALL {
            let compressed = compress(&bomb, &[encoding]).unwrap();
            let error = decompress(compressed, encoding.as_str().as_bytes(), 1000).unwrap_err();
            assert_eq!(error.code, code::DECOMPRESSION);
            assert!(
                error.text.contains("limit of 1000 bytes"),
                "{encoding:?} {error}"
            );
        }
    }

    /// The texts were seen with k6 2.2.0.
    #[test]
    fn what_is_not_compressed_is_said_in_the_words_of_k6() {
        let text = |body: &'static [u8], list: &[u8]| {
            decompress(Bytes::from_static(body), list, 1000)
                .unwrap_err()
                .text
        };
        assert_eq!(
            text(b"abcde", b"gzip"),
            "error decompressing response body (unexpected EOF)"
        );
        assert_eq!(
            text(b"abcdeabcdeabcde", b"gzip"),
            "error decompressing response body (gzip: invalid header)"
        );
        for encoding in ALL {
            let garbage = Bytes::from_static(b"\x01\x02 garbage that no encoder made");
            let name = encoding.as_str().as_bytes();
            assert!(decompress(garbage, name, 1000).is_err(), "{encoding:?}");
        }
    }

    #[test]
    fn an_unknown_encoding_leaves_the_body_as_it_is() {
        let body = Bytes::from_static(b"abcde");
        assert_eq!(decompress(body.clone(), b"foo", 10).unwrap(), body);
        assert_eq!(
            Encoding::parse_list("gzip, foo").unwrap_err(),
            "unknown compression algorithm foo, supported algorithms are [gzip deflate zstd br]"
        );
    }
}
