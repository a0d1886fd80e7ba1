//! `boxoffice serve`: opens the house, serves it, and ends in order.
//!
//! Order of a start: settings, house file, keys, journal (which takes the lock and checks
//! everything), secret, recovery, writer and views, sockets, what the house starts with, ready.
//! Order of an end: sockets finish what is under way, the writer answers who was let in, snapshots,
//! journal.

mod open;
mod stock;

use std::net::SocketAddr;
use std::sync::Arc;

use boxoffice_server::app::{App, AppOptions};
use boxoffice_server::auth::{Cors, Gate, HostRule, KeyRing, check_listen};
use boxoffice_server::http::{Bound, HttpOptions, TlsOptions, bind};
use boxoffice_server::opening::StartedHouse;
use boxoffice_writer::run::CommitLost;
use boxoffice_writer::snapshots::Snapshots;
use tokio::sync::watch;

use crate::exit::Exit;
use crate::settings::Settings;
use stock::Stock;

pub(crate) use open::DataRefused;

/// A house that serves; [`Serving::run`] blocks until it ends.
pub(crate) struct Serving {
    pub(crate) addresses: Vec<SocketAddr>,
    app: Arc<App>,
    bound: Bound,
    started: StartedHouse,
    snapshots: Snapshots,
    stock: Stock,
}

/// Opens the house and binds its sockets. Nothing is served before [`Serving::run`].
pub(crate) fn prepare(settings: &Settings) -> anyhow::Result<Serving> {
    // Every problem of the file is told before anything is made.
    let stock = Stock::read(settings)?;
    let keys = KeyRing::open(&settings.data, std::time::Instant::now())?;
    check_listen(&settings.listen, keys.is_any())?;
    let loopback = settings
        .listen
        .iter()
        .all(|a| a.ip().to_canonical().is_loopback());
    let cors = Cors::new(&settings.cors_origins)?;
    let gate = Gate::new(loopback, HostRule::new(&settings.allowed_hosts), cors, keys);
    let bound = bind(http_options(settings))?;
    let opened = open::open(settings)?;
    let app = App::new(
        opened.started.house.clone(),
        Arc::clone(&opened.started.views),
        Arc::clone(&opened.started.metrics),
        gate,
        AppOptions {
            dialects: settings.dialects,
            idempotency_key_required: settings.idempotency_key_required,
        },
        u32::from_le_bytes(boxoffice_server::secret_file::random()?),
    );
    app.set_http_stats(bound.stats());
    Ok(Serving {
        addresses: bound.addresses().to_vec(),
        app: Arc::new(app),
        bound,
        started: opened.started,
        snapshots: opened.snapshots,
        stock,
    })
}

impl Serving {
    /// Serves until `stop` says so or the writer has to end.
    pub(crate) fn run(self, stop: watch::Receiver<bool>) -> anyhow::Result<Exit> {
        let (end, mut ended) = watch::channel(false);
        let house = self.started.house.clone();
        let writer = std::thread::Builder::new()
            .name("supervisor".into())
            .spawn({
                let started = self.started;
                let end = end.clone();
                move || {
                    let result = started.join();
                    end.send_replace(true);
                    result
                }
            })?;
        let stocking = self.stock.start(Arc::clone(&self.app), end.clone())?;
        let mut stop = stop;
        let shutdown = async move {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                _ = ended.wait_for(|ended| *ended) => {}
            }
        };
        let served = self.bound.serve(Arc::clone(&self.app), shutdown);
        house.writer.close();
        let result = match writer.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        self.snapshots.stop();
        let stocked = stocking.join();
        served?;
        match result {
            Ok(()) => {}
            Err(CommitLost(why)) => {
                tracing::error!(why, "stopped without acknowledging anything since");
                return Ok(Exit::CommitLost);
            }
        }
        match stocked {
            Ok(Ok(())) => Ok(Exit::Success),
            Ok(Err(error)) => Err(error),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// `boxoffice serve`.
pub(crate) fn serve(settings: &Settings) -> anyhow::Result<Exit> {
    // Before anything is opened: a stop that arrives during the start is a stop in order too.
    let stop = stop_on_signal()?;
    let serving = prepare(settings)?;
    for address in &serving.addresses {
        let scheme = if settings.tls.is_some() {
            "https"
        } else {
            "http"
        };
        tracing::info!("serving {scheme}://{address}");
    }
    serving.run(stop)
}

/// Becomes true on SIGTERM or SIGINT; a second signal ends the process at once. The signals are
/// caught from when this returns.
///
/// # Errors
/// The system gives no thread, no descriptor or no handler for it.
pub(crate) fn stop_on_signal() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (stop, stopped) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Registered here and not on the thread below: it may get its first turn long after whoever
    // reads our log was told that we serve, and until then a signal would end us without order.
    let (mut terminate, mut interrupt) = {
        let _entered = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        )
    };
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            runtime.block_on(async {
                for n_signal in 0.. {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                    if n_signal == 0 {
                        tracing::info!("stopping: requests under way are finished first");
                        stop.send_replace(true);
                    } else {
                        std::process::abort();
                    }
                }
            });
        })?;
    Ok(stopped)
}

fn http_options(settings: &Settings) -> HttpOptions {
    let mut options = HttpOptions::new(settings.listen.clone());
    if let Ok(threads @ 1..) = usize::try_from(settings.threads) {
        options.threads = threads;
    }
    options.header_timeout_ms = settings.header_timeout_ms;
    options.body_timeout_ms = settings.body_timeout_ms;
    options.body_memory_bytes_max =
        usize::try_from(settings.body_memory_bytes_max).unwrap_or(usize::MAX);
    options.idle_timeout_ms = settings.idle_timeout_ms;
    options.drain_timeout_ms = settings.drain_timeout_ms;
    options.connections_max = usize::try_from(settings.connections_max).unwrap_or(usize::MAX);
    options
        .trusted_proxies
        .clone_from(&settings.trusted_proxies);
    options.tls = settings.tls.as_ref().map(|(cert, key)| TlsOptions {
        cert_path: cert.clone(),
        key_path: key.clone(),
    });
    options
}
