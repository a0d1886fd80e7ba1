//! `k6`: check, group, sleep, fail and randomSeed.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::{Ctx, Function, Object, Value};
use stampede_metrics::builtin;

use super::tags::own_tags;
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::settings::SystemTags;
use crate::state::{VuState, ms_since, now};

/// The longest sleep, a year; longer ones wait that long.
const SLEEP_MAX: Duration = Duration::from_secs(365 * 24 * 3600);

/// Separates the names of nested groups.
const SEPARATOR: &str = "::";

/// Makes the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    let own = Rc::clone(state);
    args::method(&module, "check", move |args| check(args, &own))?;
    args::method(&module, "fail", |args| {
        let message = match args.given(0) {
            Some(message) => args::to_text(args.ctx(), &message)?,
            None => String::new(),
        };
        Err(throw_go(args.ctx(), &message))
    })?;
    let own = Rc::clone(state);
    args::method(&module, "group", move |args| group(args, &own))?;
    args::method(&module, "randomSeed", |args| random_seed(args))?;
    let own = Rc::clone(state);
    args::method(&module, "sleep", move |args| sleep(args, &own))?;
    Ok(module)
}

fn sleep<'js>(args: &Args<'_, 'js>, state: &VuState) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let seconds = args::to_number(ctx, &args.at(0))?;
    if seconds > 0.0 {
        let pause = Duration::try_from_secs_f64(seconds)
            .unwrap_or(SLEEP_MAX)
            .min(SLEEP_MAX);
        state.block_on(ctx, tokio::time::sleep(pause))?;
    }
    args.undefined()
}

fn check<'js>(args: &Args<'_, 'js>, state: &VuState) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    if state.is_init() {
        return Err(throw_go(
            ctx,
            "Using check() in the init context is not supported",
        ));
    }
    if args.len() < 2 {
        return Err(throw_go(ctx, "no checks provided to `check`"));
    }
    let checks = args.at(1);
    if args::is_nothing(&checks) {
        let message = "Cannot convert undefined or null to object";
        return Err(rquickjs::Exception::throw_type(ctx, message));
    }
    let all = Rounds {
        subject: args.at(0),
        tags: own_tags(ctx, args.given(2), "check")?,
        state,
    };
    let Some(checks) = checks.as_object() else {
        return Ok(Value::new_bool(ctx.clone(), all.text(ctx, &checks)?));
    };
    let mut is_all_passed = true;
    for entry in checks.props::<String, Value<'_>>() {
        let (name, test) = entry?;
        is_all_passed &= all.one(ctx, &name, test)?;
    }
    Ok(Value::new_bool(ctx.clone(), is_all_passed))
}

/// What the checks of one call have in common.
struct Rounds<'a, 'js> {
    subject: Value<'js>,
    tags: Vec<(String, String)>,
    state: &'a VuState,
}

impl<'js> Rounds<'_, 'js> {
    /// Judges and counts one check. One whose function throws counts as failed, then throws.
    fn one(&self, ctx: &Ctx<'js>, name: &str, test: Value<'js>) -> rquickjs::Result<bool> {
        if name.contains(SEPARATOR) {
            return Err(throw_go(ctx, "group and check names may not contain '::'"));
        }
        let at = now();
        let judged = match test.as_function() {
            Some(function) => function.call::<_, Value<'_>>((self.subject.clone(),)),
            None => Ok(test),
        };
        if let Ok(value) = &judged
            && value.is_promise()
        {
            let message = "the built-in check() does not support async functions as arguments; \
                           await the value first and check that";
            return Err(throw_go(ctx, message));
        }
        let is_passed = judged.as_ref().is_ok_and(args::is_truthy);
        if judged.is_err() && self.state.is_stopped() {
            return judged.map(|_| false);
        }
        let value = if is_passed { 1.0 } else { 0.0 };
        let own = [("check", name)];
        let own = match self.state.system_tags().has(SystemTags::CHECK) {
            true => &own[..],
            false => &[],
        };
        if self.tags.is_empty() {
            self.state.record_at(&[(builtin::CHECKS, value)], at, own);
        } else {
            let tags = self
                .tags
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()));
            let all: Vec<(&str, &str)> = tags.chain(own.iter().copied()).collect();
            self.state.record_at(&[(builtin::CHECKS, value)], at, &all);
        }
        judged.map(|_| is_passed)
    }

    /// A text instead of checks is a list of letters, each of them true.
    fn text(&self, ctx: &Ctx<'js>, checks: &Value<'js>) -> rquickjs::Result<bool> {
        let Some(text) = checks.as_string() else {
            return Ok(true);
        };
        for (idx, letter) in text.to_string()?.chars().enumerate() {
            let letter = args::string(ctx, letter.encode_utf8(&mut [0; 4]))?;
            self.one(ctx, &idx.to_string(), letter)?;
        }
        Ok(true)
    }
}

fn group<'js>(args: &Args<'_, 'js>, state: &VuState) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    if state.is_init() {
        return Err(throw_go(
            ctx,
            "Using group() in the init context is not supported",
        ));
    }
    let callback = args.at(1);
    let Some(callback) = callback.as_function() else {
        return Err(throw_go(
            ctx,
            "group() requires a callback as a second argument",
        ));
    };
    if is_async(callback) {
        let message = "group() does not support async functions as arguments";
        return Err(throw_go(ctx, message));
    }
    let name = match args.given(0) {
        Some(name) => args::to_text(ctx, &name)?,
        None => String::new(),
    };
    if name.contains(SEPARATOR) {
        return Err(throw_go(ctx, "group and check names may not contain '::'"));
    }
    let outer = state.group();
    // A group without a name at the root is the root.
    match outer.is_empty() && name.is_empty() {
        true => state.enter_group(""),
        false => state.enter_group(&format!("{outer}{SEPARATOR}{name}")),
    }
    let started = Instant::now();
    let result = callback.call::<_, Value<'_>>(());
    if !state.is_stopped() {
        state.record_at(&[(builtin::GROUP_DURATION, ms_since(started))], now(), &[]);
    }
    state.enter_group(&outer);
    result
}

/// Whether a function is declared `async`.
pub(crate) fn is_async(function: &Function<'_>) -> bool {
    let maker: rquickjs::Result<Object<'_>> = function.get("constructor");
    let name = maker.and_then(|maker| maker.get::<_, String>("name"));
    name.is_ok_and(|name| name == "AsyncFunction")
}

/// Makes `Math.random` draw the same numbers for the same seed.
fn random_seed<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let seed = args::to_number(ctx, &args.at(0))?;
    let draws = Cell::new(seed.to_bits());
    let math: Object<'_> = ctx.globals().get("Math")?;
    args::method(&math, "random", move |args| {
        let (next, drawn) = split_mix(draws.get());
        draws.set(next);
        Ok(Value::new_float(args.ctx().clone(), drawn))
    })?;
    args.undefined()
}

/// One step of the generator SplitMix64: its next state, and a number in 0.0..1.0.
fn split_mix(state: u64) -> (u64, f64) {
    let next = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = next;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
    let drawn = (mixed >> 11) as f64 / (1_u64 << 53) as f64;
    (next, drawn)
}
