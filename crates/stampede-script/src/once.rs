//! What a script does once: setup, teardown and handleSummary, each in a user of its own.
//!
//! Invariants: each has its time, and is ended when that is over.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use stampede_http::Client;
use stampede_js::{ScriptError, ScriptErrorKind, SummaryFiles, Vu, VuConfig};
use stampede_metrics::Recorder;
use tokio::task::{LocalSet, spawn_local};

use crate::control::{Control, Ended};
use crate::prepare::Prepared;
use crate::status::Info;
use crate::stop::StopReason;

/// Calls `handleSummary` in a user of its own, which runs the init code as every user does; `None`
/// when the script has none. Blocks.
///
/// # Errors
/// What the script throws, and that it took too long.
pub fn handle_summary(
    prepared: &Prepared,
    data_json: String,
) -> std::io::Result<Result<Option<SummaryFiles>, ScriptError>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let timeout = prepared.options.settings().handle_summary_timeout;
    let recorder = Recorder::new(Arc::clone(&prepared.metrics));
    let config = VuConfig {
        id_in_instance: 0,
        id_in_test: 0,
        settings: Arc::clone(&prepared.settings),
        recorder: Rc::new(RefCell::new(recorder)),
        client: Client::new(Arc::clone(&prepared.environment), 0),
        info: Rc::new(stampede_js::NoRunInfo),
    };
    let tasks = LocalSet::new();
    Ok(tasks.block_on(&runtime, async {
        let mut vu = Vu::new(&prepared.bundle, config).await?;
        let interrupter = vu.interrupter();
        let watchdog = spawn_local(async move {
            tokio::time::sleep(timeout).await;
            interrupter.stop();
        });
        let files = vu.handle_summary(data_json).await;
        watchdog.abort();
        files
    }))
}

impl Control {
    /// A user that only runs setup or teardown.
    async fn extra_user(&self) -> Result<Vu, ScriptError> {
        let config = VuConfig {
            id_in_instance: 0,
            id_in_test: 0,
            settings: Arc::clone(&self.outfit.settings),
            recorder: Rc::clone(&self.recorder),
            client: Client::new(Arc::clone(&self.outfit.environment), 0),
            info: Rc::new(Info(Arc::clone(&self.outfit.status))),
        };
        Vu::new(&self.outfit.bundle, config).await
    }

    pub(crate) async fn setup(&self, timeout: Option<Duration>) -> Result<Option<String>, Ended> {
        let is_exported = self.outfit.bundle.exports().has("setup");
        let Some(timeout) = timeout.filter(|_| is_exported && !self.outfit.stop.is_stopped())
        else {
            return Ok(None);
        };
        let mut vu = self.extra_user().await.map_err(Ended::Setup)?;
        let late = self.watch_over(&vu, timeout);
        let interrupter = vu.interrupter();
        let stop = self.outfit.stop.clone();
        let stopping = spawn_local(async move {
            stop.stopped().await;
            interrupter.stop();
        });
        let returned = vu.setup().await;
        stopping.abort();
        let is_late = late.end();
        match returned {
            Ok(data) => Ok(data),
            Err(_) if let Some(reason) = self.outfit.stop.reason() => {
                Err(Ended::Stopped(reason.clone()))
            }
            Err(_) if is_late => Err(Ended::SetupTimeout(timeout)),
            Err(error) => Err(self.failed_once(error, Ended::Setup)),
        }
    }

    pub(crate) async fn teardown(
        &self,
        data: Option<&str>,
        timeout: Option<Duration>,
    ) -> Option<Ended> {
        let is_exported = self.outfit.bundle.exports().has("teardown");
        let timeout = timeout.filter(|_| is_exported)?;
        let run = async {
            let mut vu = self.extra_user().await?;
            vu.set_data(data.map(Arc::from)).await?;
            let late = self.watch_over(&vu, timeout);
            let result = vu.teardown().await;
            Ok((result, late.end()))
        };
        match run.await {
            Ok((Ok(()), _)) => None,
            Ok((Err(_), true)) => Some(Ended::TeardownTimeout(timeout)),
            Ok((Err(error), false)) | Err(error) => Some(self.failed_once(error, Ended::Teardown)),
        }
    }

    /// An error of setup or teardown; `test.abort()` there ends the run like anywhere else.
    fn failed_once(&self, error: ScriptError, how: fn(ScriptError) -> Ended) -> Ended {
        if error.kind == ScriptErrorKind::Aborted {
            let reason = self.outfit.bundle.abort_reason().unwrap_or_default();
            self.outfit.stop.stop(StopReason::Script(reason.clone()));
            return Ended::Stopped(StopReason::Script(reason));
        }
        how(error)
    }

    /// Ends a call when it takes too long, or, in setup, when the run is told to stop.
    fn watch_over(&self, vu: &Vu, timeout: Duration) -> Late {
        let interrupter = vu.interrupter();
        let is_late = Rc::new(Cell::new(false));
        let set = Rc::clone(&is_late);
        let task = spawn_local(async move {
            tokio::time::sleep(timeout).await;
            set.set(true);
            interrupter.stop();
        });
        Late { is_late, task }
    }
}

/// Whether a call took too long.
struct Late {
    is_late: Rc<Cell<bool>>,
    task: tokio::task::JoinHandle<()>,
}

impl Late {
    fn end(self) -> bool {
        self.task.abort();
        self.is_late.get()
    }
}
