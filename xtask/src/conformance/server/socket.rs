//! The recording server's WebSockets: every message comes back; one that says `bye` ends it.
//!
//! Invariants: each message is kept like a request, so that what was sent can be compared.

use std::io::{self, Write as _};
use std::net::TcpStream;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use super::{Request, Shared};

/// The message after which the server closes.
const BYE: &str = "bye";

/// Messages of one connection at most.
const MESSAGES_MAX: usize = 10_000;

/// The key of a request that asks for a WebSocket where there is one.
pub(super) fn key(request: &Request) -> Option<String> {
    let asks = request
        .header("upgrade")
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    let key = request.header("sec-websocket-key")?;
    (asks && request.target.starts_with("/ws")).then(|| key.to_owned())
}

/// Serves one WebSocket until either side closes it.
///
/// # Errors
/// If the connection breaks.
pub(super) fn serve(
    mut stream: TcpStream,
    key: &str,
    opening: &Request,
    shared: &Shared,
) -> io::Result<()> {
    let accept = derive_accept_key(key.as_bytes());
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )?;
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    for _ in 0..MESSAGES_MAX {
        let Ok(message) = socket.read() else {
            return Ok(());
        };
        keep(&message, opening, shared);
        let is_bye = matches!(&message, Message::Text(text) if text.as_str() == BYE);
        // A failure to send is the client's leaving; the next read ends the loop.
        let sent = if is_bye {
            socket.close(Some(CloseFrame {
                code: CloseCode::Normal,
                reason: BYE.into(),
            }))
        } else if message.is_text() || message.is_binary() {
            socket.send(message)
        } else {
            Ok(())
        };
        if sent.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn keep(message: &Message, opening: &Request, shared: &Shared) {
    let kind = match message {
        Message::Text(_) => "TEXT",
        Message::Binary(_) => "BINARY",
        Message::Ping(_) => "PING",
        Message::Pong(_) => "PONG",
        Message::Close(_) | Message::Frame(_) => "CLOSE",
    };
    shared.keep(&Request {
        at: shared.started.elapsed(),
        method: kind.to_owned(),
        headers: Vec::new(),
        body: message.clone().into_data().to_vec(),
        ..opening.clone()
    });
}
