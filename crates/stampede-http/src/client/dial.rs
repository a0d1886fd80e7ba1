//! Makes connections: resolves, dials, shakes hands.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls_pki_types::ServerName;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

use super::failure::{self, Ends};
use super::wire::{Counted, Counter, Wire, WireStats};
use crate::code;
use crate::environment::Environment;
use crate::error::{HttpError, Stage};
use crate::limits::DIAL_TIMEOUT;
use crate::response::TlsInfo;
use crate::tls;
use crate::url::Url;

/// A new connection and how long its parts took.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) wire: Wire,
    pub(super) ends: Ends,
    pub(super) tls: Option<TlsInfo>,
    pub(super) is_http2: bool,
}

/// How long the parts of making a connection took, as far as they came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DialTimes {
    pub(super) looking_up: Duration,
    pub(super) connecting: Duration,
    pub(super) tls_handshaking: Duration,
}

/// Connects to the server of an address. `times` is filled as far as it came.
pub(super) async fn dial(
    environment: &Environment,
    url: &Url,
    local_ip: Option<IpAddr>,
    counter: &Arc<Counter>,
    with_http2: bool,
    times: &mut DialTimes,
) -> Result<Dialled, HttpError> {
    let found = environment
        .resolver
        .resolve(&url.host, url.port_or_default())
        .await?;
    times.looking_up = found.took;
    let remote = found.address;
    let started = Instant::now();
    let stats = Arc::new(WireStats::new(Arc::clone(counter)));
    let tcp = connect(remote, local_ip).await;
    times.connecting = started.elapsed();
    let tcp = tcp.map_err(|error| failure::dial(&error, remote))?;
    let ends = Ends {
        local: tcp.local_addr().ok(),
        remote: Some(remote),
    };
    let counted = Counted::new(tcp, stats);
    if !url.is_https() {
        let wire = Wire::Plain(counted);
        return Ok(Dialled {
            wire,
            ends,
            tls: None,
            is_http2: false,
        });
    }
    let started = Instant::now();
    let shaken = shake_hands(environment, url, counted, with_http2, ends).await;
    times.tls_handshaking = started.elapsed();
    let stream = shaken?;
    let connection = stream.get_ref().1;
    let tls = tls::agreed(connection);
    let is_http2 = connection.alpn_protocol() == Some(b"h2");
    Ok(Dialled {
        wire: Wire::Tls(Box::new(stream)),
        ends,
        tls,
        is_http2,
    })
}

async fn connect(remote: SocketAddr, local_ip: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if remote.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(ip) = local_ip.filter(|ip| ip.is_ipv4() == remote.is_ipv4()) {
        socket.bind(SocketAddr::new(ip, 0))?;
    }
    let connecting = tokio::time::timeout(DIAL_TIMEOUT, socket.connect(remote));
    let tcp = connecting
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

async fn shake_hands(
    environment: &Environment,
    url: &Url,
    counted: Counted,
    with_http2: bool,
    ends: Ends,
) -> Result<tokio_rustls::client::TlsStream<Counted>, HttpError> {
    let general = |text: String| HttpError::new(code::TLS, Stage::Head, format!("tls: {text}"));
    let config = environment
        .tls
        .config(&url.host, with_http2)
        .map_err(general)?;
    let name = ServerName::try_from(url.host.clone())
        .map_err(|_| general(format!("{:?} cannot be the name of a server", url.host)))?;
    let shaking = TlsConnector::from(config).connect(name, counted);
    shaking.await.map_err(|error| {
        tls::tls_failure(&error).unwrap_or_else(|| failure::io(&error, Stage::Head, ends))
    })
}
