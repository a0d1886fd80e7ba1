//! Opens the listening sockets and hands every new connection to a thread.
//!
//! Invariants: a new connection is never refused for want of room; the one that has waited longest
//! for its client makes way. No error of `accept` makes the loop spin or stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use super::connection;
use super::server::Shared;
use super::service::Service;

/// Connections that the kernel completes before we accept them; it caps this itself.
const BACKLOG: i32 = 4_096;

/// Descriptors that are not connections: journal, views, listeners, log, spare.
const DESCRIPTORS_RESERVED: u64 = 128;

/// Wait after `accept` failed for want of a resource, or while nobody can make way.
const PAUSE: Duration = Duration::from_millis(2);

/// Opens one address. The socket may follow a server that has just stopped.
pub(super) fn open(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Raises the limit of open descriptors as far as allowed. Returns how many connections fit.
pub(super) fn raise_descriptor_limit(connections_max: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum;
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: wanted,
            maximum: wanted,
        },
    );
    let current = if raised.is_ok() {
        wanted
    } else {
        limit.current
    };
    let Some(current) = current else {
        return connections_max;
    };
    let room = usize::try_from(current.saturating_sub(DESCRIPTORS_RESERVED)).unwrap_or(usize::MAX);
    if room < connections_max {
        tracing::warn!(
            descriptors_max = current,
            connections_max = room.max(1),
            "the system allows fewer descriptors than connections_max asks for; raise it with \
             `ulimit -Hn` or LimitNOFILE= to hold more idle connections"
        );
    }
    room.clamp(1, connections_max)
}

/// Takes connections from one address for as long as it is polled.
pub(super) async fn run<S: Service>(
    shared: Arc<Shared<S>>,
    listener: TcpListener,
    threads: Arc<[Handle]>,
    next_thread: Arc<AtomicUsize>,
    connections_max: usize,
) {
    loop {
        let (tcp, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                recover(&shared, &error).await;
                continue;
            }
        };
        make_room(&shared, connections_max).await;
        // A constant answer must not wait for more of it, and the socket changes its runtime.
        let moved = tcp.set_nodelay(true).and_then(|()| tcp.into_std());
        let Ok(tcp) = moved else { continue };
        let registered = shared.register.add();
        let conn = Arc::clone(&registered.conn);
        let thread = &threads[next_thread.fetch_add(1, Ordering::Relaxed) % threads.len()];
        let served = Arc::clone(&shared);
        let task = thread.spawn(async move {
            let conn = Arc::clone(&registered.conn);
            connection::run(served, conn, tcp, peer).await;
            drop(registered);
        });
        conn.abort_with(task.abort_handle());
        shared.stats.accepted();
    }
}

/// Closes whoever has waited longest until there is room for one more.
async fn make_room<S: Service>(shared: &Shared<S>, connections_max: usize) {
    while connections_max <= shared.register.len() {
        match shared.register.evict() {
            Some(conn) => {
                shared.stats.evicted();
                conn.close();
            }
            // Every connection has a request that we are at work on: one will soon be done.
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Does what an error of `accept` calls for.
async fn recover<S: Service>(shared: &Shared<S>, error: &io::Error) {
    if error.kind() == io::ErrorKind::ConnectionAborted {
        return;
    }
    // No descriptors, no memory, or something new: the pending connection stays in the kernel's
    // queue, so `accept` fails again at once. Free a descriptor, and never spin.
    shared.stats.accept_failed();
    let evicted = shared.register.evict();
    if let Some(conn) = &evicted {
        shared.stats.evicted();
        conn.close();
    }
    tracing::warn!(%error, evicted = evicted.is_some(), "a connection could not be accepted yet");
    tokio::time::sleep(PAUSE).await;
}
