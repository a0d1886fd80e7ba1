//! Races over TLS: what is trusted, and that nothing is sent to a server that is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use stampede_run::race::{Plan, Progress, RaceError, run};
use stampede_run::wire::{OpenError, Trust};

use crate::server::{Reaction, Server};

#[test]
fn a_certificate_must_be_trusted_unless_the_user_does_not_care() {
    let directory = tempfile::tempdir().unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let (server, certificate) = Server::start_tls(move |_| {
        let is_first = counter.fetch_add(1, Ordering::SeqCst).is_multiple_of(10);
        Reaction::json(if is_first { 200 } else { 409 }, "{}")
    });
    let file = directory.path().join("ca.pem");
    std::fs::write(&file, certificate).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other_file = directory.path().join("other.pem");
    std::fs::write(&other_file, other.cert.pem()).unwrap();

    let mut plan = Plan::new(
        "POST",
        &format!("https://localhost:{}/", server.address.port()),
    );
    plan.clients = 10;
    plan.trust = Trust::File(other_file);
    let error = run(&plan, &Progress::default()).unwrap_err();
    assert!(
        matches!(error, RaceError::Open(OpenError::Handshake { .. })),
        "{error}"
    );
    assert_eq!(
        asked.load(Ordering::SeqCst),
        0,
        "nothing is sent to a stranger"
    );

    for trust in [Trust::File(file), Trust::Anything] {
        plan.trust = trust;
        let result = run(&plan, &Progress::default()).unwrap();
        assert_eq!(result.verdict.exit_code, 0, "{:?}", result.verdict);
        assert!(result.total.received_bytes > 10 * 50);
    }

    plan.trust = Trust::File(directory.path().join("missing.pem"));
    let error = run(&plan, &Progress::default()).unwrap_err();
    assert!(matches!(error, RaceError::Tls(_)), "{error}");
}
