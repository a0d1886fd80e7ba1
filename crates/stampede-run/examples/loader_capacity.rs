//! Measures what the loader itself can do: answers per second of its own computing time, against
//! the cheapest server there can be (one thread that answers every read with the same bytes).
//!
//! `cargo run --release -p stampede-run --example loader_capacity`

#![expect(
    clippy::print_stdout,
    reason = "printing figures is all that this program does"
)]

use std::net::SocketAddr;
use std::time::Duration;

use stampede_metrics::units::{format_rate, format_us};
use stampede_run::load::{Client, Load, LoadResult, closed_loop, open_loop};
use stampede_run::wire::{RequestBuffer, Target};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 61\r\n\r\n\
    {\"bookingId\":\"0123456789\",\"seat\":\"A-12\",\"status\":\"confirmed\"}";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = Target::at(serve()?);
    let clients = |_| -> Box<dyn Client> {
        let target = target.clone();
        Box::new(move |sequence: u64, request: &mut RequestBuffer| {
            request.begin(&target, "POST", "/bookings");
            request.header("Content-Type", "application/json");
            request.end(format!("{{\"seat\":{sequence}}}").as_bytes());
        })
    };
    for connections in [1, 16, 64, 256, 1_024] {
        let load = Load {
            target: target.clone(),
            connections,
            threads: 1,
            warm_up: Duration::from_millis(300),
            duration: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
            expected: "200".parse()?,
        };
        print(
            &format!("closed, {connections} connections"),
            &closed_loop(&load, &clients)?,
        );
        if connections == 64 {
            print(
                "open, 64 connections, 20,000/s",
                &open_loop(&load, 20_000.0, &clients)?,
            );
        }
    }
    Ok(())
}

fn print(name: &str, result: &LoadResult) {
    println!(
        "{name:32} {:>10}, loader busy {:.0} %, {:>10} per core of loader, p50 {}, p99 {}, lag p99 {}",
        format_rate(result.per_second),
        result.loader_busy * 100.0,
        format_rate(result.per_second / result.loader_busy.max(1e-9)),
        format_us(result.latency.us_med),
        format_us(result.latency.us_p99),
        format_us(result.schedule_lag.us_p99),
    );
}

/// Starts the server on a thread of its own, for as long as the process lives.
fn serve() -> std::io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (mut stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(async move {
                    let mut request = [0_u8; 4_096];
                    while stream
                        .read(&mut request)
                        .await
                        .is_ok_and(|n_read| n_read > 0)
                    {
                        if stream.write_all(ANSWER).await.is_err() {
                            break;
                        }
                    }
                });
            }
            #[expect(unreachable_code, reason = "names the type of the block's result")]
            Ok::<(), std::io::Error>(())
        })
    });
    Ok(address)
}
