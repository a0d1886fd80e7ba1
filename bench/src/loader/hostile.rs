//! Clients that want no answer but the server's patience: thousands that say nothing, some that
//! send a head byte by byte, some that send a body byte by byte.
//!
//! Invariant: the number of open connections stays what it was; one that the server closes is
//! opened again.

use std::io::Read as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::children::tell;

/// Connections that never say anything.
pub(crate) const IDLE: usize = 10_000;
/// Connections that send a head slowly.
pub(crate) const SLOW_HEADS: usize = 100;
/// Connections that send a body slowly.
pub(crate) const SLOW_BODIES: usize = 100;
/// Between two bytes of a slow client.
const BYTE_EVERY: Duration = Duration::from_secs(1);
/// Before a connection that failed is opened again.
const REOPEN_PAUSE: Duration = Duration::from_millis(100);

/// Holds all connections until stdin ends; says a line once they are open.
///
/// # Errors
/// If this process may not open so many.
pub(crate) fn main(address: SocketAddr) -> anyhow::Result<()> {
    let wanted = IDLE + SLOW_HEADS + SLOW_BODIES;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, raised)
        .context("cannot raise the limit of open descriptors")?;
    let enough = limit.maximum.is_none_or(|max| wanted as u64 + 64 <= max);
    anyhow::ensure!(
        enough,
        "{wanted} connections are more than this process may open"
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut clients = JoinSet::new();
        for client_idx in 0..wanted {
            let stream = TcpStream::connect(address)
                .await
                .context("cannot connect")?;
            let request = request(address, client_idx);
            clients.spawn(linger(address, stream, request));
        }
        tell(&"ready")?;
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            let _n_read = std::io::stdin().read_to_end(&mut Vec::new());
            drop(end);
        });
        // The sender is dropped, never used.
        let _closed = ended.await.is_err();
        clients.shutdown().await;
        Ok(())
    })
}

/// What this client sends slowly: nothing, or something that never ends within its time.
fn request(address: SocketAddr, client_idx: usize) -> (Vec<u8>, Vec<u8>) {
    if client_idx < IDLE {
        return (Vec::new(), Vec::new());
    }
    let head = format!("POST /v1/bookings HTTP/1.1\r\nHost: {address}\r\n");
    if client_idx < IDLE + SLOW_HEADS {
        let slow = "X-Slow: ".to_owned() + &"x".repeat(4_000);
        return (head.into_bytes(), slow.into_bytes());
    }
    let head = head + "Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n";
    (head.into_bytes(), vec![b' '; 3_999])
}

async fn linger(address: SocketAddr, mut stream: TcpStream, (at_once, slow): (Vec<u8>, Vec<u8>)) {
    loop {
        if send_slowly(&mut stream, &at_once, &slow).await.is_ok() {
            // Idle from now on; returns when the server closes.
            let _gone = stream.readable().await.is_err();
        }
        stream = loop {
            tokio::time::sleep(REOPEN_PAUSE).await;
            if let Ok(stream) = TcpStream::connect(address).await {
                break stream;
            }
        };
    }
}

async fn send_slowly(stream: &mut TcpStream, at_once: &[u8], slow: &[u8]) -> std::io::Result<()> {
    stream.write_all(at_once).await?;
    for byte in slow {
        tokio::time::sleep(BYTE_EVERY).await;
        stream.write_all(std::slice::from_ref(byte)).await?;
    }
    Ok(())
}
