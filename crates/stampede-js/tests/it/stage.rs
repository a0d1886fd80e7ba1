//! Loads a script and runs one virtual user of it, keeping its samples and lines.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use stampede_http::{Client, ClientOptions, Environment};
use stampede_js::{
    Bundle, BundleOptions, Iteration, KeptLog, Level, LocalFiles, NoRunInfo, Scenario, ScriptError,
    Settings, Vu, VuConfig, VuLimits,
};
use stampede_metrics::{Detail, MetricPlan, Recorder, Registry, Sample, SampleSink};

/// A script, the samples and the lines of its run.
pub(crate) struct Stage {
    pub(crate) bundle: Bundle,
    pub(crate) log: Arc<KeptLog>,
    pub(crate) samples: Rc<RefCell<Vec<Sample>>>,
    pub(crate) settings: Settings,
    recorder: Rc<RefCell<Recorder>>,
    environment: Arc<Environment>,
}

struct Kept(Rc<RefCell<Vec<Sample>>>);

impl SampleSink for Kept {
    fn push(&mut self, sample: Sample) {
        self.0.borrow_mut().push(sample);
    }
}

/// What a script is loaded with.
pub(crate) fn options(source: &str) -> BundleOptions {
    BundleOptions {
        path: PathBuf::from("/test/script.js"),
        source: Some(source.as_bytes().to_vec()),
        env: BTreeMap::new(),
        files: Arc::new(LocalFiles),
        log: Arc::new(KeptLog::default()),
        secrets: stampede_js::Secrets::default(),
        registry: Arc::new(Registry::new()),
        limits: VuLimits::default(),
        compatibility: stampede_js::Compatibility::default(),
    }
}

impl Stage {
    /// Loads a script.
    pub(crate) async fn load(source: &str) -> Result<Stage, ScriptError> {
        Stage::load_with(options(source)).await
    }

    /// Loads a script with options.
    pub(crate) async fn load_with(mut options: BundleOptions) -> Result<Stage, ScriptError> {
        let log = Arc::new(KeptLog::default());
        options.log = Arc::clone(&log) as Arc<dyn stampede_js::LogSink>;
        let registry = Arc::clone(&options.registry);
        let bundle = Bundle::load(options).await?;
        let plan = MetricPlan::new(registry, &[], Detail::Totals).unwrap();
        let samples = Rc::new(RefCell::new(Vec::new()));
        let recorder =
            Recorder::new(Arc::new(plan)).with_output(Box::new(Kept(Rc::clone(&samples))));
        Ok(Stage {
            bundle,
            log,
            samples,
            settings: Settings::default(),
            recorder: Rc::new(RefCell::new(recorder)),
            environment: Arc::new(Environment::new(ClientOptions::new()).unwrap()),
        })
    }

    /// Makes a virtual user that has joined the scenario `default`.
    pub(crate) async fn vu(&self) -> Vu {
        let mut vu = Vu::new(&self.bundle, self.config()).await.unwrap();
        vu.activate(Arc::new(scenario())).await.unwrap();
        vu
    }

    pub(crate) fn config(&self) -> VuConfig {
        VuConfig {
            id_in_instance: 1,
            id_in_test: 1,
            settings: Arc::new(self.settings.clone()),
            recorder: Rc::clone(&self.recorder),
            client: Client::new(Arc::clone(&self.environment), 0),
            info: Rc::new(NoRunInfo),
        }
    }

    /// The lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log.lines().into_iter().map(|(_, line)| line).collect()
    }

    /// The lines of one level.
    pub(crate) fn lines_at(&self, level: Level) -> Vec<String> {
        let lines = self
            .log
            .lines()
            .into_iter()
            .filter(|(other, _)| *other == level);
        lines.map(|(_, line)| line).collect()
    }

    /// The samples of a metric as `value tag=value …`, tags sorted.
    pub(crate) fn samples_of(&self, metric: &str) -> Vec<String> {
        let id = self.bundle.registry().find(metric).unwrap().id;
        let samples = self.samples.borrow();
        let ours = samples.iter().filter(|sample| sample.metric == id);
        ours.map(|sample| {
            let mut text = sample.value.to_string();
            for (name, value) in &sample.tags.tags {
                text.push_str(&format!(" {name}={value}"));
            }
            text
        })
        .collect()
    }
}

/// The scenario that tests run in.
pub(crate) fn scenario() -> Scenario {
    Scenario {
        name: "default".to_owned(),
        executor: "per-vu-iterations".to_owned(),
        exec: "default".to_owned(),
        started_unix_ms: 1_700_000_000_000,
        ..Scenario::default()
    }
}

/// Runs a future with a task set on one thread.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, future)
}

/// Runs one iteration of a script whose `{{server}}` is the address of a server; answers its
/// lines.
pub(crate) fn lines_of(source: &str) -> Vec<String> {
    let (stage, result) = iterated(source);
    let mut lines = stage.lines();
    if let Err(error) = result {
        lines.push(format!("threw {}", error.message));
    }
    lines
}

/// The same, but answers everything.
pub(crate) fn iterated(source: &str) -> (Stage, Result<(), ScriptError>) {
    run(async {
        let address = crate::server::start().await;
        let source = source.replace("{{server}}", &format!("http://{address}"));
        let stage = Stage::load(&source).await.unwrap();
        let mut vu = stage.vu().await;
        let result = vu.iterate(Iteration::default()).await;
        drop(vu);
        (stage, result)
    })
}
