//! What boxoffice is compared with, one file each.
//!
//! Those that speak HTTP do it through boxoffice's own HTTP core, so that a ratio is about what is
//! behind it and not about who parses headers faster.

pub(crate) mod cluster;
mod constant;
pub(crate) mod file;
mod postgres;
mod postgres_sql;
pub(crate) mod redis;
mod static_file;

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use boxoffice_server::http::{HttpOptions, Response, Service, bind};
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::call::Reply;
use crate::children::tell;

/// A peer that speaks HTTP.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Spec {
    /// Answers every request the same, after reading its body.
    Constant(Recorded),
    /// Answers every request with a file.
    StaticFile {
        /// The file.
        path: PathBuf,
        /// What an answer of ours says besides.
        recorded: Recorded,
    },
    /// Sells from PostgreSQL.
    Postgres(PostgresSpec),
}

/// Which typed body a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Parse {
    /// None.
    Nothing,
    /// That of a booking.
    Booking,
}

/// An answer of boxoffice, to be given by a peer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) parse: Parse,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// How the front sells from PostgreSQL.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PostgresSpec {
    pub(crate) address: SocketAddr,
    /// Connections to the database.
    pub(crate) pool: usize,
    /// One prepared statement for each request instead of a transaction with a row lock.
    pub(crate) tuned: bool,
    /// Shows to create.
    pub(crate) shows: Vec<String>,
    /// Seats of each.
    pub(crate) seats_per_show: u64,
    /// A product to create.
    pub(crate) product: Option<String>,
}

impl Recorded {
    /// Takes an answer over, without the headers that the HTTP core writes itself.
    pub(crate) fn of(reply: &Reply, parse: Parse) -> Self {
        let by_core = [CONTENT_LENGTH.as_str(), "date", "connection"];
        let headers = reply
            .headers
            .iter()
            .filter(|(name, _)| !by_core.contains(&name.as_str()));
        Self {
            parse,
            status: reply.status,
            headers: headers.cloned().collect(),
            body: reply.body.clone(),
        }
    }
}

/// Status and headers of a recorded answer, ready to be put on responses.
#[derive(Debug)]
struct Head {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Head {
    fn of(recorded: &Recorded) -> anyhow::Result<Self> {
        let mut headers = Vec::new();
        for (name, value) in &recorded.headers {
            headers.push((name.parse()?, value.parse()?));
        }
        Ok(Self {
            status: StatusCode::from_u16(recorded.status)?,
            headers,
        })
    }

    fn put_on(&self, response: &mut Response) {
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(self.headers.len());
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }
}

/// Serves as the peer that the file describes, until stdin ends.
///
/// # Errors
/// If it cannot be set up.
pub(crate) fn main(spec: &Path) -> anyhow::Result<()> {
    let text = std::fs::read(spec).with_context(|| format!("cannot read {}", spec.display()))?;
    match serde_json::from_slice(&text)? {
        Spec::Constant(recorded) => serve(constant::Constant::new(&recorded)?),
        Spec::StaticFile { path, recorded } => {
            serve(static_file::StaticFile::new(&path, &recorded)?)
        }
        Spec::Postgres(spec) => serve(postgres::Front::new(&spec)?),
    }
}

/// Serves with the same settings as boxoffice does by default.
fn serve<S: Service>(service: S) -> anyhow::Result<()> {
    let bound = bind(HttpOptions::new(vec![([127, 0, 0, 1], 0).into()]))?;
    let address = bound.addresses().first().context("one address was bound")?;
    tell(&address.to_string())?;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _n_read = std::io::stdin().read_to_end(&mut Vec::new());
        drop(end);
    });
    let shutdown = async move {
        // The sender is dropped, never used.
        let _closed = ended.await.is_err();
    };
    Ok(bound.serve(Arc::new(service), shutdown)?)
}
