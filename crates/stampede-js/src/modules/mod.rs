//! The modules that a script imports by name, and how each gets into a runtime.
//!
//! A native module is one function that builds an object: its enumerable keys are the module's
//! named exports, and its key `default` is the default export (without that key the object itself
//! is). It runs once per runtime, when the script first imports the module.

mod crypto;
pub(crate) mod data;
mod encoding;
mod execution;
pub(crate) mod html;
pub(crate) mod http;
mod k6;
mod metrics;
mod secrets;
pub(crate) mod sockets;
mod table;
mod tags;
pub(crate) mod text;
pub(crate) mod timers;
pub(crate) mod webcrypto;

use std::rc::Rc;

use rquickjs::{Ctx, Object};

use crate::state::VuState;

/// Builds a native module's exports for one runtime.
pub(crate) type Install = for<'js> fn(&Ctx<'js>, &Rc<VuState>) -> rquickjs::Result<Object<'js>>;

/// Where the code of a module comes from that is not a file of the user's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Provider {
    /// Built by a function.
    Native(Install),
    /// JavaScript that ships inside this crate; may import native modules.
    Source(&'static str),
}

pub(crate) use table::{find, names};
