//! One open websocket: messages in and out, and their samples.
//!
//! Invariants: a session records its duration once; messages that wait to be sent are bounded by
//! [`QUEUED_BYTES_MAX`]; once ended its connection is gone, whatever still refers to it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rquickjs::{Array, ArrayBuffer, Ctx, Function, Object, Persistent, Value};
use stampede_http::{HttpError, Message, Response, Socket};
use stampede_metrics::{MetricId, builtin};

use super::wanted::{Kind, Wanted};
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::events::Callback;
use crate::globals::to_number;
use crate::raw::{Native, NativeClass};
use crate::settings::SystemTags;
use crate::state::{VuState, ms_since};

/// Bytes of messages that may wait to be sent over one socket.
const QUEUED_BYTES_MAX: usize = 64 << 20;

/// Messages that may wait to be sent over one socket.
const QUEUED_MAX: usize = 100_000;

/// Pings whose answers are waited for; the oldest is forgotten first.
const PINGS_MAX: usize = 1_000;

/// How long a closing frame may take to leave.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// The end of a connection without a closing frame.
const CUT: &str = "websocket: close 1006 (abnormal closure): unexpected EOF";

/// How messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// A call returns once the message has left.
    Waiting,
    /// A call returns at once; the event loop sends.
    Queueing,
}

/// One open websocket.
#[derive(Debug)]
pub(crate) struct Session {
    state: Rc<VuState>,
    manner: Manner,
    /// `None` once it has ended.
    socket: RefCell<Option<Rc<Socket>>>,
    /// The tags of its samples beside the user's.
    tags: Vec<(String, String)>,
    started: Instant,
    is_ended: Cell<bool>,
    pings: RefCell<VecDeque<(u64, Instant)>>,
    last_ping: Cell<u64>,
    queue: RefCell<VecDeque<Message>>,
    queued_bytes: Cell<usize>,
    is_sending: Cell<bool>,
}

/// A session as an object of the modules' own code.
pub(super) struct Handle(pub(super) Rc<Session>);

impl NativeClass for Handle {
    const NAME: &'static str = "Session";

    fn prototype<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        let prototype = Object::new(ctx.clone())?;
        args::method(&prototype, "send", |args| {
            let data = args.at(0);
            let message = match args::bytes_of(&data) {
                Some(bytes) => Message::Binary(bytes.into()),
                None => Message::Text(args.text(0)?),
            };
            this(args)?.send(args.ctx(), message)
        })?;
        args::method(&prototype, "ping", |args| {
            let session = this(args)?;
            let ping = session.ping();
            session.send(args.ctx(), ping)
        })?;
        args::method(&prototype, "close", |args| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a code has 16 bits; what is beyond them is cut as k6 cuts it"
            )]
            let code = args::to_number(args.ctx(), &args.at(0))? as u64 as u16;
            this(args)?.send(args.ctx(), Message::Close(code, args.text(1)?))
        })?;
        args::method(&prototype, "next", next)?;
        args::method(&prototype, "listen", listen)?;
        args::method(&prototype, "queued", |args| {
            let bytes = this(args)?.queued_bytes.get();
            Ok(Value::new_number(
                args.ctx().clone(),
                to_number(bytes as u64),
            ))
        })?;
        args::method(&prototype, "end", |args| {
            this(args)?.end();
            args.undefined()
        })?;
        Ok(prototype)
    }
}

fn this(args: &Args<'_, '_>) -> rquickjs::Result<Rc<Session>> {
    let handle = Native::<Handle>::of(args.ctx(), args.this());
    let Some(handle) = handle else {
        let message = "a method of a websocket was called on something else";
        return Err(rquickjs::Exception::throw_type(args.ctx(), message));
    };
    let session = Rc::clone(&handle.borrow().data.0);
    Ok(session)
}

impl Session {
    /// Begins a session with what the handshake led to, and records that.
    pub(super) fn begin(
        state: &Rc<VuState>,
        wanted: Wanted,
        manner: Manner,
        started: Instant,
        (response, socket): (&Response, Option<Socket>),
    ) -> Rc<Session> {
        let session = Rc::new(Session {
            state: Rc::clone(state),
            manner,
            socket: RefCell::new(socket.map(Rc::new)),
            tags: tags(state, wanted, response),
            started,
            is_ended: Cell::new(false),
            pings: RefCell::default(),
            last_ping: Cell::new(0),
            queue: RefCell::default(),
            queued_bytes: Cell::new(0),
            is_sending: Cell::new(false),
        });
        session.record(builtin::WS_SESSIONS, 1.0);
        session.record(builtin::WS_CONNECTING, ms_since(started));
        session
    }

    /// Records the session's duration and lets go of its connection.
    pub(super) fn end(&self) {
        if !self.is_ended.replace(true) {
            self.record(builtin::WS_SESSION_DURATION, ms_since(self.started));
        }
        self.socket.borrow_mut().take();
        self.queue.borrow_mut().clear();
    }

    /// Records a sample; nothing once the user was told to stop.
    fn record(&self, metric: MetricId, value: f64) {
        if self.state.is_stopped() {
            return;
        }
        let tags = self.tags.iter();
        let own: Vec<(&str, &str)> = tags
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        self.state.record(metric, value, &own);
    }

    fn socket(&self) -> Option<Rc<Socket>> {
        self.socket.borrow().clone()
    }

    /// A ping with a number of its own, which its pong will bring back.
    fn ping(&self) -> Message {
        let number = self.last_ping.get() + 1;
        self.last_ping.set(number);
        let mut pings = self.pings.borrow_mut();
        if pings.len() >= PINGS_MAX {
            pings.pop_front();
        }
        pings.push_back((number, Instant::now()));
        Message::Ping(Bytes::from(number.to_string()))
    }

    fn ponged(&self, payload: &[u8]) {
        let mut pings = self.pings.borrow_mut();
        let is_same = |(number, _): &(u64, Instant)| number.to_string().as_bytes() == payload;
        if let Some(idx) = pings.iter().position(is_same)
            && let Some((_, sent)) = pings.remove(idx)
        {
            self.record(builtin::WS_PING, ms_since(sent));
        }
    }

    /// Counts a message that was sent; `k6/ws` counts those with data only.
    fn sent(&self, is_data: bool) {
        if is_data || self.manner == Manner::Queueing {
            self.record(builtin::WS_MSGS_SENT, 1.0);
        }
    }

    /// Sends a message in the session's manner; answers what went wrong as text.
    fn send<'js>(
        self: &Rc<Session>,
        ctx: &Ctx<'js>,
        message: Message,
    ) -> rquickjs::Result<Value<'js>> {
        let Some(socket) = self.socket() else {
            return args::string(ctx, "websocket: close sent");
        };
        if self.manner == Manner::Queueing {
            return self.enqueue(ctx, message);
        }
        let (is_data, is_close) = (is_data(&message), matches!(message, Message::Close(..)));
        let sending = socket.send(message);
        let sent = match is_close {
            true => {
                let bounded = tokio::time::timeout(CLOSE_WAIT, sending);
                self.state.block_on(ctx, bounded)?.unwrap_or(Ok(()))
            }
            false => self.state.block_on(ctx, sending)?,
        };
        match sent {
            Ok(()) => {
                self.sent(is_data);
                Ok(Value::new_undefined(ctx.clone()))
            }
            Err(error) => args::string(ctx, &error.text),
        }
    }

    fn enqueue<'js>(
        self: &Rc<Session>,
        ctx: &Ctx<'js>,
        message: Message,
    ) -> rquickjs::Result<Value<'js>> {
        let bytes = self.queued_bytes.get() + length(&message);
        if bytes > QUEUED_BYTES_MAX || self.queue.borrow().len() >= QUEUED_MAX {
            let message = format!(
                "the server reads too slowly: at most {QUEUED_BYTES_MAX} bytes and {QUEUED_MAX} \
                 messages may wait to be sent over one WebSocket; look at its bufferedAmount"
            );
            return Err(throw_go(ctx, &message));
        }
        self.queued_bytes.set(bytes);
        self.queue.borrow_mut().push_back(message);
        if !self.is_sending.replace(true) {
            let session = Rc::clone(self);
            self.state.events.spawn(async move {
                session.send_queued().await;
                session.is_sending.set(false);
                Box::new(|_: &Ctx<'_>| Ok(())) as Callback
            });
        }
        Ok(Value::new_undefined(ctx.clone()))
    }

    /// Sends what is queued; that the connection fails is told by the one who listens.
    async fn send_queued(&self) {
        loop {
            let message = self.queue.borrow_mut().pop_front();
            let (Some(message), Some(socket)) = (message, self.socket()) else {
                return;
            };
            let (bytes, is_data) = (length(&message), is_data(&message));
            let sent = socket.send(message).await;
            self.queued_bytes
                .set(self.queued_bytes.get().saturating_sub(bytes));
            if sent.is_ok() {
                self.sent(is_data);
            }
        }
    }

    /// What was received as a list of a kind and its values.
    fn told<'js>(&self, ctx: &Ctx<'js>, received: Received) -> rquickjs::Result<Array<'js>> {
        let list = Array::new(ctx.clone())?;
        let kind = match received {
            Some(Ok(Message::Text(text))) => {
                self.record(builtin::WS_MSGS_RECEIVED, 1.0);
                list.set(1, text)?;
                "message"
            }
            Some(Ok(Message::Binary(bytes))) => {
                self.record(builtin::WS_MSGS_RECEIVED, 1.0);
                list.set(1, ArrayBuffer::new_copy(ctx.clone(), &bytes[..])?)?;
                "binaryMessage"
            }
            Some(Ok(Message::Ping(_))) => "ping",
            Some(Ok(Message::Pong(payload))) => {
                self.ponged(&payload);
                "pong"
            }
            Some(Ok(Message::Close(code, reason))) => {
                list.set(1, code)?;
                list.set(2, reason.as_str())?;
                if !matches!(code, 1000 | 1001) {
                    list.set(3, close_text(code, &reason))?;
                }
                "close"
            }
            Some(Err(error)) => {
                list.set(1, error.text)?;
                "fail"
            }
            None => {
                list.set(1, CUT)?;
                "fail"
            }
        };
        list.set(0, kind)?;
        Ok(list)
    }
}

type Received = Option<Result<Message, HttpError>>;

/// Waits for a message; when the server closes, our answer to that leaves too.
async fn received(socket: &Socket) -> Received {
    let received = socket.receive().await;
    if let Some(Ok(Message::Close(..))) = &received {
        // Looking for more sends the answer; there is nothing more.
        let flushed = tokio::time::timeout(Duration::ZERO, socket.receive()).await;
        drop(flushed);
    }
    received
}

/// Waits for the next message, for so many milliseconds at most if a number is given.
fn next<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let (ctx, session) = (args.ctx(), this(args)?);
    let Some(socket) = session.socket() else {
        return Ok(session.told(ctx, None)?.into_value());
    };
    let received = match args.given(0) {
        Some(wait) => {
            let wait_ms = args::to_number(ctx, &wait)?.max(0.0);
            let wait = Duration::try_from_secs_f64(wait_ms / 1e3).unwrap_or(Duration::MAX);
            let bounded = tokio::time::timeout(wait, received(&socket));
            session.state.block_on(ctx, bounded)?.ok()
        }
        None => Some(session.state.block_on(ctx, received(&socket))?),
    };
    match received {
        Some(received) => Ok(session.told(ctx, received)?.into_value()),
        None => args.undefined(),
    }
}

/// Calls back with each message from now on.
fn listen<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let callback = args.at(0);
    if let Some(callback) = callback.as_function() {
        let callback = Persistent::save(args.ctx(), callback.clone());
        listen_on(this(args)?, callback);
    }
    args.undefined()
}

/// Reads one message; the next one only once this one was delivered.
fn listen_on(session: Rc<Session>, callback: Persistent<Function<'static>>) {
    let Some(socket) = session.socket() else {
        return;
    };
    let state = Rc::clone(&session.state);
    state.events.spawn(async move {
        let received = received(&socket).await;
        Box::new(move |ctx: &Ctx<'_>| {
            let told = session.told(ctx, received)?;
            let call = callback.clone().restore(ctx)?;
            call.call::<_, ()>((told,))?;
            listen_on(session, callback);
            Ok(())
        }) as Callback
    });
}

/// A close that is no orderly end, as scripts read it.
fn close_text(code: u16, reason: &str) -> String {
    let name = match code {
        1002 => " (protocol error)",
        1003 => " (unsupported data)",
        1005 => " (no status)",
        1006 => " (abnormal closure)",
        1007 => " (invalid payload data)",
        1008 => " (policy violation)",
        1009 => " (message too big)",
        1010 => " (mandatory extension missing)",
        1011 => " (internal server error)",
        _ => "",
    };
    let colon = if reason.is_empty() { "" } else { ": " };
    format!("websocket: close {code}{name}{colon}{reason}")
}

fn is_data(message: &Message) -> bool {
    matches!(message, Message::Text(_) | Message::Binary(_))
}

fn length(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_, reason) => reason.len(),
    }
}

/// The tags of a session's samples; those that it has by itself hide the script's.
fn tags(state: &VuState, wanted: Wanted, response: &Response) -> Vec<(String, String)> {
    let on = state.system_tags();
    let mut tags = wanted.tags;
    let shown = response.masked_url().into_owned();
    let mut own = |tag: SystemTags, name: &str, value: String| {
        if on.has(tag) {
            tags.retain(|(other, _)| other != name);
            tags.push((name.to_owned(), value));
        }
    };
    // Events come later, when the script may be in another group.
    own(SystemTags::GROUP, "group", state.group());
    if response.status > 0 {
        let protocol = response.headers.joined("sec-websocket-protocol");
        own(SystemTags::STATUS, "status", response.status.to_string());
        own(
            SystemTags::SUBPROTO,
            "subproto",
            protocol.unwrap_or_default(),
        );
    }
    if let Some(remote) = response.remote {
        own(SystemTags::IP, "ip", remote.ip().to_string());
    }
    match wanted.kind {
        Kind::Ws => own(SystemTags::URL, "url", shown),
        Kind::WebSocket => {
            let named = tags.iter().find(|(name, _)| name == "name");
            let name = named.map_or(shown, |(_, name)| name.clone());
            let mut own = |tag: SystemTags, key: &str| {
                if on.has(tag) {
                    tags.retain(|(other, _)| other != key);
                    tags.push((key.to_owned(), name.clone()));
                }
            };
            own(SystemTags::URL, "url");
            own(SystemTags::NAME, "name");
        }
    }
    tags
}
