//! `setTimeout` and its siblings, as globals and as `k6/timers`.

use std::rc::Rc;
use std::time::Duration;

use rquickjs::{Ctx, Object, Persistent, Value};

use crate::args::{self, Args};
use crate::error::throw_go;
use crate::events::PENDING_MAX;
use crate::globals::to_number;
use crate::state::VuState;

/// The longest wait of a timer, a year.
const WAIT_MS_MAX: f64 = 365.0 * 24.0 * 3600.0 * 1e3;

/// Makes the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    install_globals(ctx, state, &module)?;
    Ok(module)
}

/// Adds the functions to an object.
pub(crate) fn install_globals<'js>(
    _ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    object: &Object<'js>,
) -> rquickjs::Result<()> {
    for (name, repeats) in [("setTimeout", false), ("setInterval", true)] {
        let own = Rc::clone(state);
        args::method(object, name, move |args| set(args, &own, repeats))?;
    }
    for name in ["clearTimeout", "clearInterval"] {
        let own = Rc::clone(state);
        args::method(object, name, move |args| clear(args, &own))?;
    }
    Ok(())
}

fn set<'js>(args: &Args<'_, 'js>, state: &VuState, repeats: bool) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let callback = args.at(0);
    let Some(callback) = callback.as_function() else {
        let message = "a timer needs a function as its first argument";
        return Err(rquickjs::Exception::throw_type(ctx, message));
    };
    if state.events.is_full() {
        let message = format!("a virtual user can have at most {PENDING_MAX} timers at a time");
        return Err(throw_go(ctx, &message));
    }
    let wait_ms = args::to_number(ctx, &args.at(1))?;
    let wait_ms = if wait_ms.is_nan() {
        0.0
    } else {
        wait_ms.clamp(0.0, WAIT_MS_MAX)
    };
    let rest = (2..args.len()).map(|idx| Persistent::save(ctx, args.at(idx)));
    let id = state.events.timer(
        Duration::from_secs_f64(wait_ms / 1e3),
        repeats,
        Persistent::save(ctx, callback.clone()),
        rest.collect(),
    );
    Ok(Value::new_number(ctx.clone(), to_number(id)))
}

fn clear<'js>(args: &Args<'_, 'js>, state: &VuState) -> rquickjs::Result<Value<'js>> {
    let id = args::to_number(args.ctx(), &args.at(0))?;
    if id >= 1.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast saturates, and no timer has a number that high"
        )]
        state.events.clear_timer(id as u64);
    }
    args.undefined()
}
