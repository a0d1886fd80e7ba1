//! Shows requests and responses as text, for `--http-debug`.

use std::fmt;
use std::sync::Arc;

/// One message as it went over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Dump<'a> {
    /// Whether it was sent by us.
    pub is_request: bool,
    /// The first line and the headers, with CRLF.
    pub head: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// Sees every message. Called between the request and its answer, so it must be quick.
#[derive(Clone)]
pub struct DebugHook(Arc<dyn Fn(&Dump<'_>) + Send + Sync>);

impl DebugHook {
    /// Wraps a function that prints or stores messages.
    pub fn new(hook: impl Fn(&Dump<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    /// Shows one message.
    pub(crate) fn show(&self, dump: &Dump<'_>) {
        (self.0)(dump);
    }
}

impl fmt::Debug for DebugHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DebugHook")
    }
}
