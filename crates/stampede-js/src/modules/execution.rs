//! `k6/execution`: where a script is in its run, and ending the run from within.

use std::rc::Rc;
use std::sync::PoisonError;

use rquickjs::object::{Accessor, Property};
use rquickjs::{Atom, Ctx, Object, Value};

use super::tags::{refused, tag_text};
use crate::args;
use crate::error::throw_go;
use crate::globals::to_number;
use crate::log::Level;
use crate::raw::{Native, NativeClass, throw_uncatchable};
use crate::settings::Figures;
use crate::state::{Phase, VuState};

/// Makes the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    module.set("scenario", scenario(ctx, state)?)?;
    module.set("instance", instance(ctx, state)?)?;
    module.set("vu", vu(ctx, state)?)?;
    module.set("test", test(ctx, state)?)?;
    Ok(module)
}

/// Adds a property that is computed whenever it is read.
fn getter<'js, F>(object: &Object<'js>, name: &str, get: F) -> rquickjs::Result<()>
where
    F: Fn(&Ctx<'js>) -> rquickjs::Result<Value<'js>> + 'js,
{
    let accessor = Accessor::new_get(move |ctx: Ctx<'js>| get(&ctx));
    object.prop(name, accessor.enumerable().configurable())
}

fn number<'js>(ctx: &Ctx<'js>, value: f64) -> Value<'js> {
    Value::new_number(ctx.clone(), value)
}

fn outside_scenario(ctx: &Ctx<'_>, name: &str) -> rquickjs::Error {
    let message = format!("getting {name} information outside of a scenario is not supported");
    throw_go(ctx, &message)
}

fn scenario<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    type Read = for<'js> fn(&Ctx<'js>, &VuState) -> rquickjs::Result<Value<'js>>;
    let scenario = Object::new(ctx.clone())?;
    let fields: [(&str, Read); 6] = [
        ("name", |ctx, state| {
            args::string(ctx, &state.scenario.borrow().name)
        }),
        ("executor", |ctx, state| {
            args::string(ctx, &state.scenario.borrow().executor)
        }),
        ("startTime", |ctx, state| {
            Ok(number(
                ctx,
                to_number(state.scenario.borrow().started_unix_ms),
            ))
        }),
        ("progress", |ctx, state| {
            let config = state.config.get();
            let name = &state.scenario.borrow().name;
            Ok(number(
                ctx,
                config.map_or(0.0, |config| config.info.progress(name)),
            ))
        }),
        ("iterationInInstance", |ctx, state| {
            Ok(number(
                ctx,
                to_number(state.counts.get().iteration.in_instance),
            ))
        }),
        ("iterationInTest", |ctx, state| {
            Ok(number(ctx, to_number(state.counts.get().iteration.in_test)))
        }),
    ];
    for (name, read) in fields {
        let state = Rc::clone(state);
        getter(&scenario, name, move |ctx| match state.phase.get() {
            Phase::Iteration => read(ctx, &state),
            Phase::Init | Phase::Once | Phase::Summary => Err(outside_scenario(ctx, "scenario")),
        })?;
    }
    Ok(scenario)
}

fn instance<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    type Read = fn(&Figures) -> f64;
    let instance = Object::new(ctx.clone())?;
    let fields: [(&str, Read); 5] = [
        ("iterationsCompleted", |figures| {
            to_number(figures.iterations_completed)
        }),
        ("iterationsInterrupted", |figures| {
            to_number(figures.iterations_interrupted)
        }),
        ("vusActive", |figures| to_number(figures.vus_active)),
        ("vusInitialized", |figures| {
            to_number(figures.vus_initialized)
        }),
        ("currentTestRunDuration", |figures| {
            figures.elapsed.as_secs_f64() * 1e3
        }),
    ];
    for (name, read) in fields {
        let state = Rc::clone(state);
        getter(&instance, name, move |ctx| {
            if state.is_init() {
                let message = "getting instance information in the init context is not supported";
                return Err(throw_go(ctx, message));
            }
            let figures = state.config.get().map(|config| config.info.figures());
            Ok(number(ctx, read(&figures.unwrap_or_default())))
        })?;
    }
    Ok(instance)
}

fn vu<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    type Read = fn(&VuState) -> u64;
    let vu = Object::new(ctx.clone())?;
    let fields: [(&str, Read); 4] = [
        ("idInInstance", VuState::id),
        ("idInTest", |state| {
            state.config.get().map_or(0, |config| config.id_in_test)
        }),
        ("iterationInInstance", |state| {
            state.counts.get().in_instance
        }),
        ("iterationInScenario", |state| {
            state.counts.get().in_scenario
        }),
    ];
    for (name, read) in fields {
        let state = Rc::clone(state);
        getter(&vu, name, move |ctx| {
            if state.is_init() {
                let message = "getting VU information in the init context is not supported";
                return Err(throw_go(ctx, message));
            }
            if name == "iterationInScenario" && state.phase.get() != Phase::Iteration {
                return Err(outside_scenario(ctx, "scenario"));
            }
            Ok(number(ctx, to_number(read(&state))))
        })?;
    }
    let tags = Labels {
        state: Rc::clone(state),
        is_metadata: false,
    };
    let tags = Native::object(ctx, tags)?;
    let metadata = Labels {
        state: Rc::clone(state),
        is_metadata: true,
    };
    let metrics = Object::new(ctx.clone())?;
    metrics.prop("tags", Property::from(tags.clone()).enumerable())?;
    let metadata = Native::object(ctx, metadata)?;
    metrics.prop("metadata", Property::from(metadata).enumerable())?;
    // Assigning to `exec.vu.tags` as a whole changes nothing, as in k6.
    let set = |_: Value<'js>| ();
    let get = move || tags.clone();
    vu.prop("tags", Accessor::new(get, set).enumerable())?;
    vu.prop("metrics", Property::from(metrics).enumerable())?;
    Ok(vu)
}

/// The tags or the metadata of a virtual user as an object.
struct Labels {
    state: Rc<VuState>,
    is_metadata: bool,
}

impl Labels {
    fn set(&self) -> &std::cell::RefCell<stampede_metrics::TagSet> {
        match self.is_metadata {
            true => &self.state.metadata,
            false => &self.state.tags,
        }
    }
}

impl NativeClass for Labels {
    const NAME: &'static str = "Tags";
    const EXOTIC: bool = true;

    fn get<'js>(
        this: &Native<'js, Labels>,
        ctx: &Ctx<'js>,
        key: &Atom<'js>,
    ) -> rquickjs::Result<Option<Value<'js>>> {
        let name = key.to_string()?;
        match this.data.set().borrow().get(&name) {
            Some(value) => args::string(ctx, value).map(Some),
            None => Ok(None),
        }
    }

    fn set<'js>(
        this: &Native<'js, Labels>,
        ctx: &Ctx<'js>,
        key: &Atom<'js>,
        value: Value<'js>,
    ) -> rquickjs::Result<()> {
        let name = key.to_string()?;
        let Some(text) = tag_text(ctx, &value)? else {
            return Err(rquickjs::Exception::throw_type(ctx, &refused(&name)));
        };
        this.data.set().borrow_mut().set(&name, &text);
        Ok(())
    }

    fn delete<'js>(
        this: &Native<'js, Labels>,
        _ctx: &Ctx<'js>,
        key: &Atom<'js>,
    ) -> rquickjs::Result<bool> {
        let name = key.to_string()?;
        this.data.set().borrow_mut().remove(&name);
        Ok(true)
    }

    fn keys<'js>(this: &Native<'js, Labels>, ctx: &Ctx<'js>) -> rquickjs::Result<Vec<Atom<'js>>> {
        let set = this.data.set().borrow();
        set.iter()
            .map(|(name, _)| Atom::from_str(ctx.clone(), name))
            .collect()
    }
}

fn test<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let test = Object::new(ctx.clone())?;
    let own = Rc::clone(state);
    args::method(&test, "abort", move |args| {
        let reason = match args.given(0) {
            Some(reason) => format!("test aborted: {}", args::to_text(args.ctx(), &reason)?),
            None => "test aborted".to_owned(),
        };
        let mut abort = own
            .test
            .abort
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        abort.get_or_insert_with(|| reason.clone());
        *own.abort.borrow_mut() = Some(reason.clone());
        Err(throw_uncatchable(args.ctx(), &reason))
    })?;
    let own = Rc::clone(state);
    args::method(&test, "fail", move |args| {
        let reason = match args.given(0) {
            Some(reason) => args::to_text(args.ctx(), &reason)?,
            None => "test failed".to_owned(),
        };
        own.log(Level::Error, &reason, &[]);
        let mut failure = own
            .test
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(reason);
        args.undefined()
    })?;
    let own = Rc::clone(state);
    let kept = std::cell::RefCell::new(None::<Value<'js>>);
    getter(&test, "options", move |ctx| {
        if let Some(options) = &*kept.borrow() {
            return Ok(options.clone());
        }
        let config = own.config.get().filter(|_| !own.is_init());
        let Some(config) = config else {
            let message = "getting test options in the init context is not supported";
            return Err(throw_go(ctx, message));
        };
        let options = ctx.json_parse(config.settings.options_json.as_bytes())?;
        if let Some(options) = options.as_object() {
            // Shortcuts have become a scenario by now.
            for name in ["vus", "duration", "iterations", "stages"] {
                options.remove(name)?;
            }
            for name in ["consoleOutput", "localIPs"] {
                if !options.contains_key(name)? {
                    options.set(name, Value::new_null(ctx.clone()))?;
                }
            }
        }
        *kept.borrow_mut() = Some(options.clone());
        Ok(options)
    })?;
    Ok(test)
}
