//! An open websocket of one virtual user.
//!
//! Invariants: messages are bounded by [`MESSAGE_BYTES_MAX`]; sending and receiving may be waited
//! for at the same time. A ping is answered as soon as somebody waits for a message.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Sink as _, Stream as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Error};

use super::failure::{self, Ends};
use super::wire::Wire;
use crate::code;
use crate::error::{HttpError, Stage};
use crate::limits::MESSAGE_BYTES_MAX;

/// The code of a close that names none.
const CLOSE_WITHOUT_CODE: u16 = 1005;

/// One message of a websocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// A ping; the answer is sent without anybody's help.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// The end, with its code (1005 for none) and reason.
    Close(u16, String),
}

/// An open websocket.
#[derive(Debug)]
pub struct Socket {
    stream: RefCell<WebSocketStream<Wire>>,
    ends: Ends,
}

impl Socket {
    /// Takes over a connection after its handshake, with what was read beyond it.
    pub(super) async fn new(wire: Wire, ends: Ends, rest: BytesMut) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let stream =
            WebSocketStream::from_partially_read(wire, rest.to_vec(), Role::Client, Some(config));
        Self {
            stream: RefCell::new(stream.await),
            ends,
        }
    }

    /// Waits for the next message; `None` once the connection is closed.
    pub async fn receive(&self) -> Option<Result<Message, HttpError>> {
        poll_fn(|cx| self.poll_receive(cx)).await
    }

    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, HttpError>>> {
        let mut stream = self.stream.borrow_mut();
        loop {
            let polled = Pin::new(&mut *stream).poll_next(cx);
            let Poll::Ready(received) = polled else {
                return Poll::Pending;
            };
            return match received {
                None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => {
                    Poll::Ready(None)
                }
                Some(Err(error)) => Poll::Ready(Some(Err(self.named(error)))),
                // A bare frame is only seen by those who ask for frames.
                Some(Ok(tungstenite::Message::Frame(_))) => continue,
                Some(Ok(message)) => Poll::Ready(Some(Ok(incoming(message)))),
            };
        }
    }

    /// Sends a message. A close starts the closing handshake; messages that are still on their way
    /// can be received until it ends.
    ///
    /// # Errors
    /// [`HttpError`] if the connection is closed or fails; the message may have left in part.
    pub async fn send(&self, message: Message) -> Result<(), HttpError> {
        let mut message = Some(outgoing(message));
        poll_fn(|cx| self.poll_send(cx, &mut message))
            .await
            .map_err(|error| self.named(error))
    }

    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        message: &mut Option<tungstenite::Message>,
    ) -> Poll<Result<(), Error>> {
        let mut stream = self.stream.borrow_mut();
        let mut stream = Pin::new(&mut *stream);
        if message.is_some() {
            match stream.as_mut().poll_ready(cx) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
            if let Some(message) = message.take() {
                stream.as_mut().start_send(message)?;
            }
        }
        stream.poll_flush(cx)
    }

    fn named(&self, error: Error) -> HttpError {
        match error {
            Error::Io(error) => failure::io(&error, Stage::Body, self.ends),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                let text = "websocket: close 1006 (abnormal closure): unexpected EOF";
                HttpError::new(code::GENERAL, Stage::Body, text)
            }
            other => HttpError::new(code::GENERAL, Stage::Body, format!("websocket: {other}")),
        }
    }
}

fn incoming(message: tungstenite::Message) -> Message {
    match message {
        tungstenite::Message::Text(text) => Message::Text(text.to_string()),
        tungstenite::Message::Binary(bytes) => Message::Binary(bytes),
        tungstenite::Message::Ping(bytes) => Message::Ping(bytes),
        tungstenite::Message::Pong(bytes) => Message::Pong(bytes),
        tungstenite::Message::Close(frame) => match frame {
            Some(frame) => Message::Close(frame.code.into(), frame.reason.to_string()),
            None => Message::Close(CLOSE_WITHOUT_CODE, String::new()),
        },
        tungstenite::Message::Frame(_) => Message::Binary(Bytes::new()),
    }
}

fn outgoing(message: Message) -> tungstenite::Message {
    match message {
        Message::Text(text) => tungstenite::Message::Text(text.into()),
        Message::Binary(bytes) => tungstenite::Message::Binary(bytes),
        Message::Ping(bytes) => tungstenite::Message::Ping(bytes),
        Message::Pong(bytes) => tungstenite::Message::Pong(bytes),
        Message::Close(CLOSE_WITHOUT_CODE, _) => tungstenite::Message::Close(None),
        Message::Close(code, reason) => tungstenite::Message::Close(Some(CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        })),
    }
}
