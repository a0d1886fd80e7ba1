//! Binds, serves on all threads, and drains.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use super::conn::{Clock, Order, Overdue, Register};
use super::connection::Protocols;
use super::intake::BodyBudget;
use super::options::HttpOptions;
use super::service::Service;
use super::tls::{self, TlsFailed};
use super::{accept, sweep};

/// How often draining looks whether everybody has left.
const DRAIN_TICK: Duration = Duration::from_millis(2);

/// The server could not be set up; nothing was served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BindFailed {
    /// No address was given.
    #[error("there is no address to listen on; give --listen ADDRESS:PORT")]
    NoAddress,
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: is another server running there?")]
    Address {
        /// Which one.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// TLS cannot be offered.
    #[error("cannot offer TLS")]
    Tls(#[from] TlsFailed),
}

/// The server could not run.
#[derive(Debug, Error)]
#[error("cannot start the threads that serve connections")]
pub struct ServeFailed(#[from] io::Error);

/// What happened to connections since the start; read by metrics, lock-free.
#[derive(Debug)]
pub struct HttpStats {
    register: Arc<Register>,
    accepted: AtomicU64,
    accept_failed: AtomicU64,
    evicted: AtomicU64,
    timed_out: AtomicU64,
    panicked: AtomicU64,
    bodies: Arc<BodyBudget>,
    /// Handlers that run on without their client.
    carried_on: AtomicUsize,
}

/// A handler that runs on without its client; its drop is its end.
#[derive(Debug)]
pub(super) struct CarriedOn {
    stats: Arc<HttpStats>,
}

/// What all threads share.
#[derive(Debug)]
pub(super) struct Shared<S> {
    pub(super) service: Arc<S>,
    pub(super) protocols: Protocols,
    pub(super) register: Arc<Register>,
    pub(super) stats: Arc<HttpStats>,
    pub(super) draining: watch::Sender<bool>,
    pub(super) trusted_proxies: Vec<std::net::IpAddr>,
    pub(super) body_timeout_ms: u64,
}

/// Open sockets that nobody serves yet: clients may connect already, and wait.
#[derive(Debug)]
pub struct Bound {
    options: HttpOptions,
    listeners: Vec<std::net::TcpListener>,
    addresses: Vec<SocketAddr>,
    tls: Option<Arc<rustls::ServerConfig>>,
    clock: Clock,
    register: Arc<Register>,
    stats: Arc<HttpStats>,
}

/// Opens every address and reads the TLS files, and raises the limit of open descriptors.
///
/// # Errors
/// `BindFailed`; no address stays open then.
pub fn bind(options: HttpOptions) -> Result<Bound, BindFailed> {
    if options.listen.is_empty() {
        return Err(BindFailed::NoAddress);
    }
    let tls = options.tls.as_ref().map(tls::server_config).transpose()?;
    let mut listeners = Vec::with_capacity(options.listen.len());
    let mut addresses = Vec::with_capacity(options.listen.len());
    for &address in &options.listen {
        let failed = |source| BindFailed::Address { address, source };
        let listener = accept::open(address).map_err(failed)?;
        addresses.push(listener.local_addr().map_err(failed)?);
        listeners.push(listener);
    }
    let clock = Clock::new();
    let register = Arc::new(Register::new(clock));
    let stats = Arc::new(HttpStats {
        register: Arc::clone(&register),
        accepted: AtomicU64::new(0),
        accept_failed: AtomicU64::new(0),
        evicted: AtomicU64::new(0),
        timed_out: AtomicU64::new(0),
        panicked: AtomicU64::new(0),
        bodies: Arc::new(BodyBudget::new(options.body_memory_bytes_max)),
        carried_on: AtomicUsize::new(0),
    });
    Ok(Bound {
        options,
        listeners,
        addresses,
        tls,
        clock,
        register,
        stats,
    })
}

impl Bound {
    /// The addresses that were bound, in the order of `HttpOptions::listen`.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// What happens to connections.
    #[must_use]
    pub fn stats(&self) -> Arc<HttpStats> {
        Arc::clone(&self.stats)
    }

    /// Serves until `shutdown` resolves, then stops accepting, lets requests under way finish for
    /// up to `drain_timeout_ms` and returns. Blocks the calling thread, which accepts.
    ///
    /// # Errors
    /// `ServeFailed` if threads cannot be started; no request was served then.
    pub fn serve<S: Service>(
        self,
        service: Arc<S>,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), ServeFailed> {
        let connections_max = accept::raise_descriptor_limit(self.options.connections_max);
        let idle = Arc::clone(&service);
        let threads = Threads::start(self.options.threads.max(1), Arc::new(move || idle.idle()))?;
        let shared = Arc::new(Shared {
            service,
            protocols: Protocols::new(&self.options, self.tls),
            register: self.register,
            stats: self.stats,
            draining: watch::Sender::new(false),
            trusted_proxies: self.options.trusted_proxies.clone(),
            body_timeout_ms: self.options.body_timeout_ms,
        });
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            let next_thread = Arc::new(AtomicUsize::new(0));
            for listener in self.listeners {
                let listener = TcpListener::from_std(listener)?;
                let threads = Arc::clone(&threads.handles);
                let next_thread = Arc::clone(&next_thread);
                let shared = Arc::clone(&shared);
                tasks.spawn(accept::run(
                    shared,
                    listener,
                    threads,
                    next_thread,
                    connections_max,
                ));
            }
            let limits = sweep::limits(&self.options);
            let (register, stats) = (Arc::clone(&shared.register), Arc::clone(&shared.stats));
            let sweeper = tokio::spawn(sweep::run(self.clock, register, stats, limits));
            shutdown.await;
            // Dropping the accept loops closes the listening sockets.
            tasks.shutdown().await;
            drain(
                &shared,
                Duration::from_millis(self.options.drain_timeout_ms),
            )
            .await;
            sweeper.abort();
            Ok(())
        })
    }
}

/// Lets everybody finish, for up to `timeout`, then closes what is left.
async fn drain<S: Service>(shared: &Shared<S>, timeout: Duration) {
    shared.draining.send_replace(true);
    for conn in shared.register.snapshot() {
        conn.give(Order::Drain);
    }
    let everybody_left = async {
        while 0 < shared.register.len() || 0 < shared.stats.carried_on.load(Ordering::Acquire) {
            tokio::time::sleep(DRAIN_TICK).await;
        }
    };
    if tokio::time::timeout(timeout, everybody_left).await.is_err() {
        let connections = shared.register.len();
        let handlers = shared.stats.carried_on.load(Ordering::Acquire);
        tracing::warn!(
            connections,
            handlers,
            "stopped with clients that had not finished"
        );
    }
}

/// One runtime per thread, each with its own connections; see `docs/adr/0002-http-threads.md`.
struct Threads {
    handles: Arc<[Handle]>,
    running: Vec<(oneshot::Sender<()>, thread::JoinHandle<()>)>,
}

impl Threads {
    fn start(threads: usize, idle: Arc<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let mut handles = Vec::with_capacity(threads);
        let mut running = Vec::with_capacity(threads);
        for thread_idx in 0..threads {
            let idle = Arc::clone(&idle);
            let runtime = Builder::new_current_thread()
                .enable_all()
                .on_thread_park(move || idle())
                .build()?;
            handles.push(runtime.handle().clone());
            let (stop, stopped) = oneshot::channel();
            let thread = thread::Builder::new()
                .name(format!("http-{thread_idx}"))
                .spawn(move || run_thread(runtime, stopped))?;
            running.push((stop, thread));
        }
        Ok(Self {
            handles: handles.into(),
            running,
        })
    }
}

fn run_thread(runtime: Runtime, stopped: oneshot::Receiver<()>) {
    // A sender that is gone means the same as its message.
    let _stop = runtime.block_on(stopped).is_err();
}

impl Drop for Threads {
    fn drop(&mut self) {
        let mut threads = Vec::with_capacity(self.running.len());
        for (stop, thread) in self.running.drain(..) {
            let _already_gone = stop.send(()).is_err();
            threads.push(thread);
        }
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread that serves connections had panicked");
            }
        }
    }
}

impl HttpStats {
    /// Connections that are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.register.len()
    }

    /// Open connections that rest without buffers, for lack of requests.
    #[must_use]
    pub fn parked(&self) -> usize {
        self.register
            .snapshot()
            .iter()
            .filter(|conn| conn.is_parked())
            .count()
    }

    /// Connections accepted since the start.
    #[must_use]
    pub fn accepted_total(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Times that a connection could not be accepted at once.
    #[must_use]
    pub fn accept_failed_total(&self) -> u64 {
        self.accept_failed.load(Ordering::Relaxed)
    }

    /// Connections closed to make room for new ones.
    #[must_use]
    pub fn evicted_total(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Connections closed because their client was too slow: handshake, head or reading.
    #[must_use]
    pub fn timed_out_total(&self) -> u64 {
        self.timed_out.load(Ordering::Relaxed)
    }

    /// Handlers that panicked.
    #[must_use]
    pub fn panicked_total(&self) -> u64 {
        self.panicked.load(Ordering::Relaxed)
    }

    /// Handlers that run on though their client has left.
    #[must_use]
    pub fn carried_on(&self) -> usize {
        self.carried_on.load(Ordering::Acquire)
    }

    /// Bytes of memory that large bodies hold, from their arrival to their answer.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        self.bodies.reserved_bytes()
    }

    /// The most that they held at once.
    #[must_use]
    pub fn body_bytes_peak(&self) -> usize {
        self.bodies.reserved_bytes_peak()
    }

    /// Bodies that were refused because others took the memory.
    #[must_use]
    pub fn bodies_refused_total(&self) -> u64 {
        self.bodies.refused_total()
    }

    pub(super) fn bodies(&self) -> &Arc<BodyBudget> {
        &self.bodies
    }

    pub(super) fn accepted(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn accept_failed(&self) {
        self.accept_failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn evicted(&self) {
        self.evicted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn handshake_timed_out(&self) {
        self.timed_out.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn handler_panicked(&self) {
        self.panicked.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a close by the sweeper. A rest that lasted too long is nobody's fault.
    pub(super) fn closed_overdue(&self, overdue: Overdue) {
        match overdue {
            Overdue::Head | Overdue::Write => {
                self.timed_out.fetch_add(1, Ordering::Relaxed);
            }
            Overdue::Idle | Overdue::Parkable => {}
        }
    }

    pub(super) fn carry_on(self: &Arc<Self>) -> CarriedOn {
        self.carried_on.fetch_add(1, Ordering::AcqRel);
        CarriedOn {
            stats: Arc::clone(self),
        }
    }
}

impl Drop for CarriedOn {
    fn drop(&mut self) {
        self.stats.carried_on.fetch_sub(1, Ordering::AcqRel);
    }
}
