//! jslib's k6-summary: the older summary text, written natively, and its two helpers.

use std::rc::Rc;

use rquickjs::{Ctx, Object, Value};
use stampede_metrics::summary::{LegacyOptions, TimeUnit, legacy_text};

use crate::args::{self, Args};
use crate::error::throw_go;
use crate::state::VuState;

/// `jUnit` and `humanizeValue`.
const SCRIPT: &str = include_str!("k6-summary.js");

/// Builds the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, _state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module: Object<'_> = ctx.eval(SCRIPT)?;
    args::method(&module, "textSummary", text_summary)?;
    Ok(module)
}

fn text_summary<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let options = options(args)?;
    let Some(text) = ctx.json_stringify(args.at(0))? else {
        return Err(throw_go(
            ctx,
            "textSummary() needs the data that handleSummary was given",
        ));
    };
    let written = serde_json::from_str(&text.to_string()?)
        .map_err(|error| error.to_string())
        .and_then(|data| legacy_text(&data, &options).map_err(|error| error.to_string()));
    match written {
        Ok(written) => args::string(ctx, &written),
        Err(message) => Err(throw_go(ctx, &format!("textSummary(): {message}"))),
    }
}

/// `{indent, enableColors, summaryTimeUnit, summaryTrendStats}`, each of which may be missing.
fn options(args: &Args<'_, '_>) -> rquickjs::Result<LegacyOptions> {
    let ctx = args.ctx();
    let mut options = LegacyOptions::default();
    let value = args.at(1);
    let Some(given) = value.as_object() else {
        return Ok(options);
    };
    let field = |name: &str| -> rquickjs::Result<Option<Value<'_>>> {
        let value: Value<'_> = given.get(name)?;
        Ok(Some(value).filter(|value| !args::is_nothing(value)))
    };
    if let Some(indent) = field("indent")? {
        options.indent = args::to_text(ctx, &indent)?;
    }
    if let Some(colours) = field("enableColors")? {
        options.colours = args::is_truthy(&colours);
    }
    if let Some(unit) = field("summaryTimeUnit")? {
        let unit = TimeUnit::parse(&args::to_text(ctx, &unit)?);
        options.time_unit =
            Some(unit.map_err(|error| throw_go(ctx, &format!("textSummary(): {error}")))?);
    }
    if let Some(stats) = field("summaryTrendStats")? {
        options.trend_stats = Some(rquickjs::FromJs::from_js(ctx, stats)?);
    }
    Ok(options)
}
