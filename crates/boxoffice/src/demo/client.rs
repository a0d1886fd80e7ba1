//! A small blocking client, for resets and for re-reading the truth.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;
use stampede_run::wire::{Connection, RequestBuffer, Target};
use tokio::runtime::Runtime;

const TIMEOUT: Duration = Duration::from_secs(10);

/// One keep-alive connection to the server.
pub(super) struct Client {
    runtime: Runtime,
    target: Target,
    connection: Option<Connection>,
}

impl Client {
    pub(super) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            target: Target::at(address),
            connection: None,
        })
    }

    pub(super) fn get(&mut self, path: &str) -> anyhow::Result<(u16, Vec<u8>)> {
        self.ask("GET", path, &[], "")
    }

    /// A 200 with a JSON body.
    pub(super) fn json(&mut self, path: &str) -> anyhow::Result<Value> {
        let (status, body) = self.get(path)?;
        if status != 200 {
            bail!(
                "GET {path} was answered {status}: {}",
                String::from_utf8_lossy(&body)
            );
        }
        serde_json::from_slice(&body).with_context(|| format!("GET {path} gave no JSON"))
    }

    pub(super) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let mut request = RequestBuffer::new();
        request.begin(&self.target, method, path);
        if !body.is_empty() {
            request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request.header(name, value);
        }
        request.end(body.as_bytes());
        let (target, open) = (&self.target, self.connection.take());
        let (connection, answer) = self.runtime.block_on(async {
            let mut connection = match open {
                Some(open) if open.is_usable() && !open.is_stale() => open,
                _ => Connection::open(target, TIMEOUT).await?,
            };
            let answer = connection
                .exchange(request.bytes(), false, Instant::now() + TIMEOUT)
                .await;
            let answer = answer
                .map_err(|failure| anyhow::anyhow!("no answer: {}", failure.kind.describe()))?;
            anyhow::Ok((connection, answer))
        })?;
        self.connection = Some(connection);
        Ok((answer.status, answer.body))
    }
}
