//! Which statuses a script expects: `expectedStatuses` and `setResponseCallback`.

use std::rc::Rc;

use rquickjs::{Ctx, Object, Value};

use crate::args::{self, Args};
use crate::error::throw_go;
use crate::raw::{Native, NativeClass};
use crate::state::VuState;

/// Ranges of statuses, both ends included.
type Ranges = Rc<[(i64, i64)]>;

/// What `http.expectedStatuses(…)` answers.
struct Expected(Ranges);

impl NativeClass for Expected {
    const NAME: &'static str = "ExpectedStatuses";
}

/// Judges responses as expected or failed.
#[derive(Clone, Debug, Default)]
pub(crate) enum Callback {
    /// 200 to 399 are expected.
    #[default]
    Usual,
    /// These are expected.
    Ranges(Ranges),
    /// Nothing is judged and nothing recorded about it.
    Off,
}

impl Callback {
    /// Reads what a script gives as a callback; `None` if it is none.
    pub(crate) fn read<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<Callback> {
        if args::is_nothing(value) {
            return Some(Callback::Off);
        }
        let expected = Native::<Expected>::of(ctx, value.clone())?;
        let ranges = Rc::clone(&expected.borrow().data.0);
        Some(Callback::Ranges(ranges))
    }

    /// Whether a status is expected; `None` when that is not judged.
    pub(crate) fn is_expected(&self, status: u16) -> Option<bool> {
        let status = i64::from(status);
        match self {
            Callback::Usual => Some((200..400).contains(&status)),
            Callback::Ranges(ranges) => Some(
                ranges
                    .iter()
                    .any(|&(min, max)| min <= status && status <= max),
            ),
            Callback::Off => None,
        }
    }
}

/// Adds the functions to the module.
pub(crate) fn install<'js>(state: &Rc<VuState>, module: &Object<'js>) -> rquickjs::Result<()> {
    let own = Rc::clone(state);
    args::method(module, "setResponseCallback", move |args| {
        let Some(callback) = Callback::read(args.ctx(), &args.at(0)) else {
            let message = "unsupported argument, expected http.expectedStatuses";
            return Err(throw_go(args.ctx(), message));
        };
        *own.http.callback.borrow_mut() = callback;
        args.undefined()
    })?;
    args::method(module, "expectedStatuses", expected_statuses)
}

fn expected_statuses<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    if args.len() == 0 {
        return Err(throw_go(ctx, "no arguments"));
    }
    let mut ranges = Vec::with_capacity(args.len());
    for idx in 0..args.len() {
        let value = args.at(idx);
        let range = match value.as_object() {
            Some(object) => {
                let (min, max) = (object.get("min")?, object.get("max")?);
                whole(&min).zip(whole(&max))
            }
            None => whole(&value).map(|status| (status, status)),
        };
        let Some(range) = range else {
            let message = format!(
                "argument number {} to expectedStatuses was neither an integer nor an object like \
                 {{min:100, max:329}}",
                idx + 1
            );
            return Err(throw_go(ctx, &message));
        };
        ranges.push(range);
    }
    Ok(Native::object(ctx, Expected(ranges.into()))?.into_value())
}

/// A whole number; `None` for anything else.
fn whole(value: &Value<'_>) -> Option<i64> {
    let number = value.as_number()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is a whole number, and saturates"
    )]
    (number.fract() == 0.0).then_some(number as i64)
}
