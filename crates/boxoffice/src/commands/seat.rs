//! `boxoffice seat release SHOW SEAT`: an operator frees a seat on a running server.

use std::io::Write;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;

use crate::exit::Exit;

/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

pub(crate) fn release(
    notes: &mut dyn Write,
    server: &str,
    key: Option<&str>,
    show: &str,
    seat: &str,
) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let path = format!(
        "/v1/shows/{}/seats/{}/release",
        encoded(show),
        encoded(seat)
    );
    let (status, body) = runtime.block_on(post(server, &path, key))?;
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    if status.is_success() {
        match answer.get("booking").and_then(|booking| booking.as_str()) {
            Some(booking) => writeln!(notes, "seat {seat} is free; it was booking {booking}")?,
            None => writeln!(notes, "seat {seat} is free")?,
        }
        return Ok(Exit::Success);
    }
    let detail = answer.get("detail").and_then(|detail| detail.as_str());
    writeln!(
        notes,
        "seat {seat} was not released ({status}): {}",
        detail.unwrap_or("no reason")
    )?;
    Ok(Exit::Failure)
}

async fn post(
    server: &str,
    path: &str,
    key: Option<&str>,
) -> anyhow::Result<(http::StatusCode, Bytes)> {
    let Some(address) = server
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'))
    else {
        bail!("--server takes http://HOST:PORT; behind TLS, ask through your own proxy");
    };
    let stream = tokio::net::TcpStream::connect(address)
        .await
        .with_context(|| format!("no server answers at {server}; nothing was changed"))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("host", address)
        .header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let response = sender
        .send_request(request.body(Full::<Bytes>::default())?)
        .await?;
    let status = response.status();
    let body = http_body_util::Limited::new(response.into_body(), ANSWER_BYTES_MAX);
    let body = body
        .collect()
        .await
        .map_err(|error| anyhow::anyhow!("{error}"))?
        .to_bytes();
    driver.abort();
    Ok((status, body))
}

/// Percent-encodes what is not allowed in a path segment.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        use std::fmt::Write as _;
        if byte.is_ascii_alphanumeric() || b"._:-".contains(&byte) {
            path.push(char::from(byte));
        } else {
            write!(path, "%{byte:02X}").expect("writing to a string does not fail");
        }
        path
    })
}
