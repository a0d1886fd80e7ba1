//! What a failure of TLS is called in k6's words and numbers.

use std::io;

use rustls::{CertificateError, Error, InvalidMessage};

use crate::code;
use crate::error::{HttpError, Stage};

/// Names a failure of TLS found inside an IO error; `None` if TLS is not to blame.
pub(crate) fn tls_failure(error: &io::Error) -> Option<HttpError> {
    let inner = error.get_ref()?.downcast_ref::<Error>()?;
    Some(name(inner))
}

fn name(error: &Error) -> HttpError {
    let failure = |code, text: &str| HttpError::new(code, Stage::Head, text);
    match error {
        Error::InvalidCertificate(reason) => certificate(reason),
        Error::AlertReceived(alert) => {
            let alert = alert.as_str().unwrap_or("unknown alert");
            failure(
                code::NON_TCP,
                &format!("remote error: tls: {}", words(alert)),
            )
        }
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => failure(
            code::TLS_HEADER,
            "tls: first record does not look like a TLS handshake",
        ),
        other => failure(code::TLS, &format!("tls: {other}")),
    }
}

fn certificate(reason: &CertificateError) -> HttpError {
    let verify = "tls: failed to verify certificate: x509:";
    match reason {
        // A certificate that calls itself an authority vouches for itself, which is nobody.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => HttpError::new(
            code::X509_UNKNOWN_AUTHORITY,
            Stage::Head,
            "x509: unknown authority",
        )
        .detail(format!("{verify} certificate signed by unknown authority")),
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            let detail = format!("{verify} certificate signed by unknown authority");
            HttpError::new(
                code::X509_UNKNOWN_AUTHORITY,
                Stage::Head,
                "x509: unknown authority",
            )
            .detail(detail)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let text = "x509: certificate doesn't match hostname";
            HttpError::new(code::X509_HOSTNAME, Stage::Head, text)
                .detail(format!("{verify} {reason}"))
        }
        other => {
            let text = format!("x509: {other}");
            HttpError::new(code::TLS, Stage::Head, text).detail(format!("{verify} {other}"))
        }
    }
}

/// `HandshakeFailure` is `handshake failure`.
fn words(alert: &str) -> String {
    let mut words = String::with_capacity(alert.len() + 4);
    for letter in alert.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;

    #[test]
    fn failures_have_the_words_and_numbers_of_k6() {
        let of = |error: Error| {
            let failure = tls_failure(&io::Error::other(error)).unwrap();
            (failure.code, failure.text)
        };
        let alert = of(Error::AlertReceived(AlertDescription::CertificateRequired));
        assert_eq!(
            alert,
            (1010, "remote error: tls: certificate required".to_owned())
        );
        let unknown = of(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        assert_eq!(unknown, (1310, "x509: unknown authority".to_owned()));
        let name = of(Error::InvalidCertificate(CertificateError::NotValidForName));
        assert_eq!(
            name,
            (1311, "x509: certificate doesn't match hostname".to_owned())
        );
        let record = of(Error::InvalidMessage(InvalidMessage::InvalidContentType));
        assert_eq!(record.0, 1301);
        assert!(tls_failure(&io::Error::other("something else")).is_none());
    }
}
