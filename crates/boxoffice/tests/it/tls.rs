//! HTTPS with the real process and a certificate of its own.

use std::fs;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::http::{Connection, tcp};
use crate::process::{Server, arg};

#[test]
fn a_house_is_served_over_tls() {
    let scratch = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (
        scratch.path().join("cert.pem"),
        scratch.path().join("key.pem"),
    );
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let data = scratch.path().join("house");
    let server = Server::start(&data, &["--tls-cert", arg(&cert), "--tls-key", arg(&key)]);
    assert!(
        server.said.contains("serving https://127.0.0.1:"),
        "{}",
        server.said
    );
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = StreamOwned::new(session, tcp(server.address()).unwrap());
    let mut connection = Connection::over(stream, "localhost");
    assert_eq!(connection.read("/readyz").unwrap().status, 200);
    let charged = r#"{"amount": 5, "currency": "EUR"}"#;
    let answer = connection
        .ask("POST", "/v1/accounts/b/charge", charged)
        .unwrap();
    assert_eq!(
        (answer.status, &answer.json()["balance"]),
        (200, &5.into()),
        "{answer:?}"
    );
    // Without TLS nothing is answered.
    let plain = server.connect().read("/readyz");
    assert!(plain.is_err(), "{plain:?}");
    server.stop();
}

#[test]
fn a_certificate_that_cannot_be_read_is_told_before_anything_is_made() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("house");
    let (cert, key) = (
        scratch.path().join("no.pem"),
        scratch.path().join("no-key.pem"),
    );
    let refused = Server::try_start(&data, &["--tls-cert", arg(&cert), "--tls-key", arg(&key)]);
    let refused = refused.expect_err("there is no certificate");
    assert!(matches!(refused.code, Some(1..)), "{:?}", refused.code);
    assert!(refused.stderr.contains("no.pem"), "{}", refused.stderr);
    assert!(!data.exists(), "nothing was made");
}
