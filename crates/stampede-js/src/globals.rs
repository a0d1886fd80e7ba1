//! What every script finds without importing it.
//!
//! Invariants: `open` and `require` work only while a script's top level runs.

use std::rc::Rc;

use rquickjs::{ArrayBuffer, Ctx, Function, Object, Value};

use crate::args::{self, Args};
use crate::error::{GO_ERROR, throw_go};
use crate::raw::Kept;
use crate::settings::Compatibility;
use crate::state::VuState;
use crate::{console, loader, modules, resolve};

const PRELUDE: &str = include_str!("prelude.js");

/// The place of the object behind `__ENV` in a runtime's kept values.
const ENV: usize = 1;

/// Adds the globals to a new runtime.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<()> {
    let globals = ctx.globals();
    let env = Rc::new(std::cell::RefCell::new(None));
    let set_env = Rc::clone(&env);
    let take_env = args::function(ctx, "", move |args| {
        *set_env.borrow_mut() = Some(args.at(0));
        args.undefined()
    })?;
    let mut options = rquickjs::context::EvalOptions::default();
    options.filename = Some("stampede:prelude".to_owned());
    let prelude: Function<'_> = ctx.eval_with_options(PRELUDE, options)?;
    let has_global = state.test.compatibility == Compatibility::Extended;
    let go_error: Value<'_> = prelude.call((globals.clone(), take_env, has_global))?;
    let place = Kept::keep(ctx, go_error);
    debug_assert_eq!(place, GO_ERROR);
    let env = env.borrow_mut().take();
    let env = env.unwrap_or_else(|| Value::new_undefined(ctx.clone()));
    let place = Kept::keep(ctx, env);
    debug_assert_eq!(place, ENV);
    set_env_all(ctx, state)?;

    let required = Object::new(ctx.clone())?;
    globals.prop(loader::REQUIRED, rquickjs::object::Property::from(required))?;
    globals.set("__VU", to_number(state.id()))?;
    globals.set("console", console::object(ctx, state)?)?;
    let opening = Rc::clone(state);
    args::method(&globals, "open", move |args| open(args, &opening))?;
    let main = resolve::name_of(&state.test.path);
    globals.set("require", require_function(ctx, state, &main)?)?;
    modules::timers::install_globals(ctx, state, &globals)?;
    modules::text::install_globals(ctx, &globals)?;
    modules::webcrypto::install_globals(ctx, &globals)?;
    warm_random(ctx, state)
}

/// `require` for the code of one module.
pub(crate) fn require_function<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    base: &str,
) -> rquickjs::Result<Function<'js>> {
    let (state, base) = (Rc::clone(state), base.to_owned());
    args::function(ctx, "require", move |args| {
        let ctx = args.ctx();
        only_in_init(ctx, &state, "require")?;
        let specifier = args.text(0)?;
        if specifier.is_empty() {
            return Err(throw_go(
                ctx,
                "require() can't be used with an empty specifier",
            ));
        }
        // The global `require` is called from any module; its own is nearer than the main one.
        let base = caller(ctx).unwrap_or_else(|| base.clone());
        let name = resolve::resolve(&base, &specifier).map_err(|told| throw_go(ctx, &told))?;
        loader::require(ctx, &state, &name)
    })
}

/// Sets `__ITER`.
pub(crate) fn set_iteration(ctx: &Ctx<'_>, iteration: u64) -> rquickjs::Result<()> {
    ctx.globals().set("__ITER", to_number(iteration))
}

/// Gives `__ENV` the test's variables again, and those of a scenario over them.
pub(crate) fn set_env(
    ctx: &Ctx<'_>,
    state: &VuState,
    more: &[(String, String)],
) -> rquickjs::Result<()> {
    set_env_all(ctx, state)?;
    let env = Kept::value(ctx, ENV);
    let Some(env) = env.as_object() else {
        return Ok(());
    };
    for (name, value) in more {
        env.set(name.as_str(), value.as_str())?;
    }
    Ok(())
}

fn set_env_all(ctx: &Ctx<'_>, state: &VuState) -> rquickjs::Result<()> {
    let env = Kept::value(ctx, ENV);
    let Some(env) = env.as_object() else {
        return Ok(());
    };
    for (name, value) in &state.test.env {
        env.set(name.as_str(), value.as_str())?;
    }
    Ok(())
}

/// Throws unless a script's top level runs.
fn only_in_init(ctx: &Ctx<'_>, state: &VuState, name: &str) -> rquickjs::Result<()> {
    if state.is_init() {
        return Ok(());
    }
    let message = format!(
        "the \"{name}\" function is only available in the init stage (the script's top level); \
         call it there and keep what it answers"
    );
    Err(throw_go(ctx, &message))
}

fn open<'js>(args: &Args<'_, 'js>, state: &VuState) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    only_in_init(ctx, state, "open")?;
    let name = args.text(0)?;
    if args.given(0).is_none() || name.is_empty() {
        return Err(throw_go(ctx, "open() can't be used with an empty filename"));
    }
    let base = caller(ctx).unwrap_or_else(|| resolve::name_of(&state.test.path));
    let path = resolve::open_path(&base, &name);
    let bytes = state
        .test
        .read(&path)
        .map_err(|error| throw_go(ctx, &format!("cannot open {}: {error}", path.display())))?;
    let is_binary = match args.given(1) {
        Some(mode) => args::to_text(ctx, &mode)? == "b",
        None => false,
    };
    if is_binary {
        return Ok(ArrayBuffer::new_copy(ctx.clone(), &bytes[..])?.into_value());
    }
    args::string(ctx, &String::from_utf8_lossy(&bytes))
}

/// The module whose code called the native function.
fn caller(ctx: &Ctx<'_>) -> Option<String> {
    (0..2).find_map(|level| {
        let name = ctx.script_or_module_name(level)?.to_string().ok()?;
        name.starts_with("file://").then_some(name)
    })
}

/// Draws some numbers, so that users made in the same moment do not draw alike.
fn warm_random(ctx: &Ctx<'_>, state: &VuState) -> rquickjs::Result<()> {
    let math: Object<'_> = ctx.globals().get("Math")?;
    let random: Function<'_> = math.get("random")?;
    for _ in 0..16 + state.id() % 61 {
        random.call::<_, f64>(())?;
    }
    Ok(())
}

/// A count as JavaScript knows numbers.
pub(crate) fn to_number(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    {
        count as f64
    }
}
