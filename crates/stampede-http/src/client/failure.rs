//! What failures of dialling, reading and writing are called in k6's words and numbers.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;

use crate::code;
use crate::error::{HttpError, Stage};
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX};
use crate::tls::tls_failure;

/// The two ends of a connection, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    pub(super) local: Option<SocketAddr>,
    pub(super) remote: Option<SocketAddr>,
}

/// Names a failure to connect.
pub(super) fn dial(error: &io::Error, remote: SocketAddr) -> HttpError {
    let (code, text) = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            (code::DIAL_REFUSED, "dial: connection refused".to_owned())
        }
        io::ErrorKind::TimedOut => (code::DIAL_TIMEOUT, "dial: i/o timeout".to_owned()),
        _ => match error.raw_os_error() {
            Some(number) => (code::DIAL_UNKNOWN, unknown("dial", number, error)),
            None => (code::DIAL, format!("dial: {error}")),
        },
    };
    let reason = message(error);
    HttpError::new(code, Stage::Head, text).detail(format!("dial tcp {remote}: connect: {reason}"))
}

/// Names a failure to read or write.
pub(super) fn io(error: &io::Error, stage: Stage, ends: Ends) -> HttpError {
    let (code, text) = match error.kind() {
        io::ErrorKind::ConnectionReset => {
            (code::RESET, "read: connection reset by peer".to_owned())
        }
        io::ErrorKind::BrokenPipe => (code::TCP_BROKEN_PIPE, "write: broken pipe".to_owned()),
        io::ErrorKind::UnexpectedEof => return eof(stage),
        _ => match error.raw_os_error() {
            Some(number) => (code::TCP_UNKNOWN, unknown("read", number, error)),
            // Not the system but the parser of the body found something wrong.
            None => return garbage(error, stage),
        },
    };
    let failed = HttpError::new(code, stage, text.clone());
    match (ends.local, ends.remote) {
        (Some(local), Some(remote)) => failed.detail(format!("read tcp {local}->{remote}: {text}")),
        _ => failed,
    }
}

fn garbage(error: &io::Error, stage: Stage) -> HttpError {
    let text = error.to_string();
    let is_chunk = text.to_ascii_lowercase().contains("chunk");
    let text = if is_chunk {
        "invalid byte in chunk length".to_owned()
    } else {
        text
    };
    HttpError::new(code::GENERAL, stage, text)
}

/// Names a failure that hyper reports.
pub(super) fn hyper(error: &hyper::Error, stage: Stage, ends: Ends) -> HttpError {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(inner) = inner.downcast_ref::<io::Error>() {
            return tls_failure(inner).unwrap_or_else(|| io(inner, stage, ends));
        }
        if let Some(inner) = inner.downcast_ref::<h2::Error>() {
            return http2(inner, stage, ends);
        }
        source = inner.source();
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return eof(stage);
    }
    if error.is_parse_too_large() {
        let text =
            format!("net/http: server response headers exceeded {HEAD_BYTES_MAX} bytes; aborted");
        return HttpError::new(code::GENERAL, stage, text);
    }
    let text = match error.is_parse_status() {
        true => "malformed HTTP status code".to_owned(),
        false if error.is_parse() => format!("malformed HTTP response: {error}"),
        false => error.to_string(),
    };
    HttpError::new(code::GENERAL, stage, text)
}

/// A head with more lines than are kept, of whatever length.
pub(super) fn too_many_headers() -> HttpError {
    let text = format!("net/http: server response has more than {HEADERS_MAX} headers; aborted");
    HttpError::new(code::GENERAL, Stage::Head, text)
}

/// Names a failure that hyper reports on a connection of HTTP/2, where any end is unexpected.
pub(super) fn hyper_http2(error: &hyper::Error, stage: Stage, ends: Ends) -> HttpError {
    let failed = hyper(error, stage, ends);
    let is_end = failed.code == code::GENERAL && failed.text == "EOF";
    if is_end {
        HttpError::new(code::GENERAL, stage, "unexpected EOF")
    } else {
        failed
    }
}

/// The peer closed the connection where more was due.
pub(super) fn eof(stage: Stage) -> HttpError {
    let text = if stage == Stage::Body {
        "unexpected EOF"
    } else {
        "EOF"
    };
    HttpError::new(code::GENERAL, stage, text)
}

fn http2(error: &h2::Error, stage: Stage, ends: Ends) -> HttpError {
    if let Some(inner) = error.get_io() {
        // A broken pipe that no system call reported is how the library says that the peer left.
        let is_made_up = inner.raw_os_error().is_none();
        if is_made_up && inner.kind() == io::ErrorKind::BrokenPipe {
            return HttpError::new(code::GENERAL, stage, "unexpected EOF");
        }
        return tls_failure(inner).unwrap_or_else(|| io(inner, stage, ends));
    }
    let (base, what) = if error.is_go_away() {
        (code::HTTP2_GOAWAY, "received GoAway")
    } else if error.is_reset() {
        (code::HTTP2_STREAM, "stream error")
    } else {
        (code::HTTP2_CONNECTION, "connection error")
    };
    let Some(reason) = error.reason() else {
        return HttpError::new(code::HTTP2, stage, format!("http2: {error}"));
    };
    // The registered reasons are 0 to 13 and have numbers of their own behind the general one.
    let number = u32::from(reason);
    let code = u16::try_from(number).ok().filter(|number| *number <= 13);
    let code = code.map_or(base, |number| base + 1 + number);
    let name = reason_name(reason);
    HttpError::new(
        code,
        stage,
        format!("http2: {what} with http2 ErrCode {name}"),
    )
}

fn reason_name(reason: h2::Reason) -> String {
    let name = format!("{reason:?}");
    if name
        .chars()
        .all(|letter| letter.is_ascii_uppercase() || letter == '_')
    {
        name
    } else {
        format!("{}", u32::from(reason))
    }
}

fn unknown(what: &str, number: i32, error: &io::Error) -> String {
    format!(
        "{what}: unknown errno `{number}` on linux with message `{}`",
        message(error)
    )
}

/// The system's words without Rust's addition, in lower case as Go has them.
fn message(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote() -> SocketAddr {
        "127.0.0.1:1".parse().unwrap()
    }

    /// The texts were seen with k6 2.2.0.
    #[test]
    fn failures_have_the_words_and_numbers_of_k6() {
        let refused = dial(&io::Error::from_raw_os_error(111), remote());
        assert_eq!(
            (refused.code, refused.text.as_str()),
            (1212, "dial: connection refused")
        );
        let detail = refused.detail.as_deref();
        assert_eq!(
            detail,
            Some("dial tcp 127.0.0.1:1: connect: connection refused")
        );
        let reset = io(
            &io::Error::from_raw_os_error(104),
            Stage::Head,
            Ends::default(),
        );
        assert_eq!(
            (reset.code, reset.text.as_str()),
            (1220, "read: connection reset by peer")
        );
        assert_eq!(eof(Stage::Head).text, "EOF");
        assert_eq!(eof(Stage::Body).text, "unexpected EOF");
    }

    #[test]
    fn an_unknown_failure_names_the_number_of_the_system() {
        let error = dial(&io::Error::from_raw_os_error(101), remote());
        let text = "dial: unknown errno `101` on linux with message `network is unreachable`";
        assert_eq!((error.code, error.text.as_str()), (1213, text));
    }

    #[test]
    fn reasons_of_http2_have_numbers_of_their_own() {
        let error = h2::Error::from(h2::Reason::PROTOCOL_ERROR);
        let named = http2(&error, Stage::Head, Ends::default());
        assert_eq!(named.code, code::HTTP2_CONNECTION + 2);
        assert!(named.text.contains("PROTOCOL_ERROR"), "{named}");
    }
}
