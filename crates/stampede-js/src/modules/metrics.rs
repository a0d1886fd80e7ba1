//! `k6/metrics`: metrics that a script makes and adds to.

use std::rc::Rc;

use rquickjs::{Ctx, Object, Value};
use stampede_metrics::{Contains, MetricId, MetricKind};

use super::tags::own_tags;
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::log::Level;
use crate::raw::{Native, NativeClass};
use crate::state::{VuState, now};

/// A metric of the script's.
struct Custom {
    id: MetricId,
    name: String,
}

impl NativeClass for Custom {
    const NAME: &'static str = "Metric";
}

/// Makes the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    let own = Rc::clone(state);
    // One function serves all metrics of a runtime.
    let add = args::function(ctx, "add", move |args| add(args, &own))?;
    for (name, kind) in [
        ("Counter", MetricKind::Counter),
        ("Gauge", MetricKind::Gauge),
        ("Rate", MetricKind::Rate),
        ("Trend", MetricKind::Trend),
    ] {
        let (own, add) = (Rc::clone(state), add.clone());
        let class = args::constructor(ctx, name, move |args| {
            let metric = declare(args, &own, kind)?;
            metric.set("add", add.clone())?;
            Ok(metric.into_value())
        })?;
        module.set(name, class)?;
    }
    Ok(module)
}

fn declare<'js>(
    args: &Args<'_, 'js>,
    state: &VuState,
    kind: MetricKind,
) -> rquickjs::Result<Object<'js>> {
    let ctx = args.ctx();
    if !state.is_init() {
        return Err(throw_go(
            ctx,
            "metrics must be declared in the init context",
        ));
    }
    let name = match args.given(0) {
        Some(name) => args::to_text(ctx, &name)?,
        None => String::new(),
    };
    let contains = match args::is_truthy(&args.at(1)) {
        true => Contains::Time,
        false => Contains::Default,
    };
    let id = state
        .test
        .registry
        .register(&name, kind, contains)
        .map_err(|error| throw_go(ctx, &error.to_string()))?;
    let metric = Native::object(
        ctx,
        Custom {
            id,
            name: name.clone(),
        },
    )?;
    metric.set("name", name)?;
    Ok(metric)
}

fn add<'js>(args: &Args<'_, 'js>, state: &VuState) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let Some(metric) = Native::<Custom>::of(ctx, args.this()) else {
        let message = "add() was called on something that is not a metric";
        return Err(rquickjs::Exception::throw_type(ctx, message));
    };
    let metric = metric.borrow();
    let metric = &metric.data;
    if state.is_init() {
        return Err(throw_go(
            ctx,
            "metrics cannot be added to in the init context",
        ));
    }
    let value = args.at(0);
    let Some(number) = sample_value(ctx, &value) else {
        let message = match args.len() {
            0 => format!(
                "no value was provided for metric '{}', a number or a boolean value is expected",
                metric.name
            ),
            _ => format!(
                "'{}' is an invalid value for metric '{}', a number or a boolean value is expected",
                args::to_text(ctx, &value).unwrap_or_default(),
                metric.name
            ),
        };
        if state
            .config
            .get()
            .is_some_and(|config| config.settings.throw)
        {
            return Err(throw_go(ctx, &message));
        }
        state.log(Level::Warn, &message, &[]);
        return Ok(Value::new_bool(ctx.clone(), false));
    };
    match args.given(1) {
        None => state.record(metric.id, number, &[]),
        given => {
            let tags = own_tags(ctx, given, &metric.name)?;
            let own: Vec<(&str, &str)> = tags
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            state.record_at(&[(metric.id, number)], now(), &own);
        }
    }
    Ok(Value::new_bool(ctx.clone(), true))
}

/// The number that a value adds; `None` when it is not one.
fn sample_value<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<f64> {
    if let Some(truth) = value.as_bool() {
        return Some(if truth { 1.0 } else { 0.0 });
    }
    if args::is_nothing(value) {
        return None;
    }
    let number = args::to_number(ctx, value).ok()?;
    (!number.is_nan()).then_some(number)
}
