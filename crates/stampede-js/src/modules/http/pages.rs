//! The methods of responses that read them as pages: `html`, `submitForm` and `clickLink`.

use std::rc::Rc;

use rquickjs::Value;
use stampede_http::Response;

use crate::args::Args;
use crate::error::throw_go;
use crate::state::VuState;

/// Calls such a method of a response; `hop` is none for a request that could not be made.
pub(crate) fn call<'js>(
    args: &Args<'_, 'js>,
    _state: &Rc<VuState>,
    method: &str,
    _hop: Option<&Response>,
) -> rquickjs::Result<Value<'js>> {
    Err(throw_go(args.ctx(), &format!("{method}() is not there yet")))
}
