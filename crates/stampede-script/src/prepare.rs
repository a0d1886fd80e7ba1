//! From a script and what surrounds it to a run that can start.
//!
//! Invariants: nothing is sent before all of this succeeded; all problems of one kind are reported
//! together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use stampede_http::{Environment, OptionError};
use stampede_js::{
    Bundle, BundleOptions, Compatibility, Files, LogSink, ScriptError, Secrets, Settings, VuLimits,
};
use stampede_metrics::threshold::ThresholdError;
use stampede_metrics::{Detail, MetricPlan, Registry};
use stampede_plan::{Levels, Merged, Options, Plan, Problems, Warning};

use crate::translate;

/// Where a script comes from, and what surrounds it.
#[derive(Debug)]
pub struct Source {
    /// The script's absolute path; see [`BundleOptions::path`].
    pub path: PathBuf,
    /// The script's text, when it does not come from the path.
    pub text: Option<Vec<u8>>,
    /// The options of an archive, which take the place of those that the script exports.
    pub options: Option<serde_json::Value>,
    /// `__ENV`.
    pub env: BTreeMap<String, String>,
    /// Where modules and `open()` read.
    pub files: Arc<dyn Files>,
    /// Where the script's lines go.
    pub log: Arc<dyn LogSink>,
    /// What it may read by `k6/secrets`.
    pub secrets: Secrets,
    /// What one virtual user may use.
    pub limits: VuLimits,
    /// What surrounds the script.
    pub compatibility: Compatibility,
}

/// Why a run cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The script's top level failed, or it lacks what a run needs.
    #[error("{0}")]
    Script(ScriptError),
    /// The options make no sense.
    #[error("{0}")]
    Options(Problems),
    /// A scenario calls what the script does not export.
    #[error("{}", .0.join("\n"))]
    Exec(Vec<String>),
    /// Thresholds make no sense.
    #[error("{}", lines(.0))]
    Thresholds(Vec<ThresholdError>),
    /// Options about HTTP cannot be used.
    #[error("{}", lines(.0))]
    Http(Vec<OptionError>),
    /// Several of these; the first decides how the process exits.
    #[error("{}", lines(.0))]
    Several(Vec<PrepareError>),
}

impl PrepareError {
    /// All of them as one; `None` if there is none.
    fn all(mut errors: Vec<PrepareError>) -> Option<PrepareError> {
        match errors.len() {
            0 | 1 => errors.pop(),
            _ => Some(PrepareError::Several(errors)),
        }
    }
}

fn lines<E: std::fmt::Display>(errors: &[E]) -> String {
    let lines: Vec<String> = errors.iter().map(E::to_string).collect();
    lines.join("\n")
}

/// A run that can start.
#[derive(Debug)]
pub struct Prepared {
    /// The script.
    pub bundle: Bundle,
    /// All levels of options joined.
    pub options: Options,
    /// The options of the script alone.
    pub script_options: Options,
    /// What the author of the test should know.
    pub warnings: Vec<Warning>,
    /// What is to happen when.
    pub plan: Plan,
    /// What is recorded and how it is judged.
    pub metrics: Arc<MetricPlan>,
    /// Whether the script or a flag named scenarios, rather than shortcuts.
    pub has_named_scenarios: bool,
    pub(crate) environment: Arc<Environment>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) log: Arc<dyn LogSink>,
}

impl Prepared {
    /// Loads a script and settles everything about its run. `levels.script` is filled in here.
    /// `keeps_thresholds` is false for a run that is not judged.
    ///
    /// # Errors
    /// Whatever would keep the run from making sense; nothing was sent then.
    pub async fn load(
        mut source: Source,
        mut levels: Levels,
        keeps_thresholds: bool,
        detail: Detail,
    ) -> Result<Prepared, PrepareError> {
        let log = Arc::clone(&source.log);
        let memory_bytes = source.limits.memory_bytes;
        let options = source.options.take();
        let bundle = load_bundle(source).await?;
        let exported = bundle.exports().options_json.as_ref();
        let exported = exported.map(|json| serde_json::from_str(json).unwrap_or_default());
        let exported = options.or(exported);
        let (parsed, wrong) = exported
            .map(|value| Options::from_script_in_part(&value))
            .unwrap_or_default();
        let (script_options, mut warnings) = (parsed.options, parsed.warnings);
        let rest = Rest {
            bundle: &bundle,
            log: &log,
            keeps_thresholds,
            detail,
            bodies_bytes_max: memory_bytes,
        };
        if let Some(wrong) = Problems::of(wrong) {
            // Nothing can be planned; what does not depend on a plan is judged all the same.
            return Err(rest.with(PrepareError::Options(wrong), &script_options));
        }
        levels.script.clone_from(&script_options);
        let planned = Options::merged(levels).and_then(|merged| {
            let plan = Plan::new(&merged.options)?;
            Ok((merged, plan))
        });
        let (
            Merged {
                options,
                warnings: more,
            },
            plan,
        ) = planned.map_err(|wrong| rest.with(PrepareError::Options(wrong), &script_options))?;
        warnings.extend(more);
        let (metrics, environment) = match (check_functions(&bundle, &plan), rest.judge(&options)) {
            (Ok(()), Ok(judged)) => judged,
            (functions, judged) => {
                let errors = functions
                    .err()
                    .into_iter()
                    .chain(judged.err().unwrap_or_default());
                return Err(PrepareError::all(errors.collect()).expect("one of the two failed"));
            }
        };
        let scenarios = plan.scenarios();
        let has_named_scenarios = scenarios.len() != 1
            || scenarios
                .first()
                .is_some_and(|only| only.scenario.name != "default");
        Ok(Prepared {
            settings: Arc::new(translate::settings(&options)),
            script_options,
            environment: Arc::new(environment),
            metrics: Arc::new(metrics),
            has_named_scenarios,
            bundle,
            options,
            warnings,
            plan,
            log,
        })
    }
}

async fn load_bundle(source: Source) -> Result<Bundle, PrepareError> {
    let bundle = Bundle::load(BundleOptions {
        path: source.path,
        source: source.text,
        env: source.env,
        files: source.files,
        log: source.log,
        secrets: source.secrets,
        registry: Arc::new(Registry::new()),
        limits: source.limits,
        compatibility: source.compatibility,
    });
    bundle.await.map_err(PrepareError::Script)
}

/// What is judged beside the plan.
struct Rest<'a> {
    bundle: &'a Bundle,
    log: &'a Arc<dyn LogSink>,
    keeps_thresholds: bool,
    detail: Detail,
    /// What one user may keep of bodies that its script has not read yet: its memory's limit;
    /// 0 is none.
    bodies_bytes_max: usize,
}

impl Rest<'_> {
    /// Compiles the thresholds and settles how requests are sent, or all that is wrong with either.
    fn judge(&self, options: &Options) -> Result<(MetricPlan, Environment), Vec<PrepareError>> {
        let thresholds = if self.keeps_thresholds {
            translate::thresholds(options)
        } else {
            Vec::new()
        };
        let registry = Arc::clone(self.bundle.registry());
        let metrics = MetricPlan::new(registry, &thresholds, self.detail);
        let mut client = translate::client_options(options, self.log);
        if let Ok(bytes_max @ 1..) = u64::try_from(self.bodies_bytes_max) {
            client.client_bodies_bytes_max = client.client_bodies_bytes_max.min(bytes_max);
        }
        let environment = Environment::new(client);
        match (metrics, environment) {
            (Ok(metrics), Ok(environment)) => Ok((metrics, environment)),
            (metrics, environment) => {
                let metrics = metrics.err().map(PrepareError::Thresholds);
                let environment = environment.err().map(PrepareError::Http);
                Err(metrics.into_iter().chain(environment).collect())
            }
        }
    }

    /// `first`, and whatever else is wrong with the options of the script.
    fn with(&self, first: PrepareError, options: &Options) -> PrepareError {
        let mut errors = vec![first];
        errors.extend(self.judge(options).err().unwrap_or_default());
        PrepareError::all(errors).expect("there is a first one")
    }
}

fn check_functions(bundle: &Bundle, plan: &Plan) -> Result<(), PrepareError> {
    let exports = bundle.exports();
    let missing: Vec<String> = plan
        .scenarios()
        .iter()
        .map(|scenario| &scenario.scenario)
        .filter(|scenario| !exports.has(translate::exec(scenario)))
        .map(|scenario| {
            format!(
                "executor {}: function '{}' not found in exports; the script exports {}",
                scenario.name,
                translate::exec(scenario),
                exports.functions.join(", ")
            )
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(PrepareError::Exec(missing))
    }
}
