//! Single HTTP calls that prepare and check what is measured. They are never part of a figure.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

/// How long a call may take; a large show is parsed, stored and shown within seconds.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Seats of each row of the shows that are measured.
pub(crate) const SEATS_PER_ROW: u64 = 1_000;

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// In order, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Sends one request on a connection of its own.
///
/// # Errors
/// If there is no answer, or none in plain text with a length.
pub(crate) fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> anyhow::Result<Reply> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let content = if method == "GET" || method == "DELETE" {
        String::new()
    } else {
        format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        )
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{content}\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .with_context(|| format!("{method} {path}: no answer"))?;
    parse(&String::from_utf8(answer)?).with_context(|| format!("{method} {path}"))
}

fn parse(answer: &str) -> anyhow::Result<Reply> {
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the answer has no end of a head")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status
        .context("no status")?
        .parse()
        .context("the status is no number")?;
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').context("a header without a colon")?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if headers.iter().any(|(name, _)| name == "transfer-encoding") {
        bail!("the answer comes in chunks, so that its size is not known beforehand");
    }
    Ok(Reply {
        status,
        headers,
        body: body.to_owned(),
    })
}

/// Sends one request whose answer must have this status.
///
/// # Errors
/// Those of [`call`], and another status.
pub(crate) fn must(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
    status: u16,
) -> anyhow::Result<Reply> {
    let reply = call(address, method, path, body)?;
    if reply.status != status {
        bail!(
            "{method} {path} was answered {}, not {status}: {}",
            reply.status,
            reply.body
        );
    }
    Ok(reply)
}

/// Creates a show of rows of [`SEATS_PER_ROW`] seats; smaller ones have one row.
///
/// # Errors
/// Those of [`must`].
pub(crate) fn put_show(address: SocketAddr, show: &str, n_seats: u64) -> anyhow::Result<()> {
    let per_row = SEATS_PER_ROW.min(n_seats);
    let rows: Vec<_> = (0..n_seats.div_ceil(per_row))
        .map(|row| serde_json::json!({"row": row.to_string(), "seats": per_row}))
        .collect();
    let body = serde_json::json!({
        "name": "Measured",
        "currency": "EUR",
        "sections": [{"id": "stalls", "price": 5_000, "rows": rows}],
    });
    must(
        address,
        "PUT",
        &format!("/v1/shows/{show}"),
        &body.to_string(),
        201,
    )?;
    Ok(())
}

/// The id of a seat of [`put_show`], counted from 0.
pub(crate) fn seat_id(seat_idx: u64) -> String {
    format!(
        "{}-{}",
        seat_idx / SEATS_PER_ROW,
        seat_idx % SEATS_PER_ROW + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        let reply =
            parse("HTTP/1.1 409 Conflict\r\nA: b:c\r\ncontent-length: 2\r\n\r\nno").unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (409, "no"));
        assert_eq!(reply.headers[0], ("a".to_owned(), "b:c".to_owned()));
        assert!(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").is_err());
    }

    #[test]
    fn seats_are_named_as_the_server_names_them() {
        assert_eq!(seat_id(0), "0-1");
        assert_eq!(seat_id(1_999), "1-1000");
    }
}
