//! API keys: made, listed and revoked while the house is served.

use std::time::{Duration, Instant};

use crate::http::Connection;
use crate::process::{Ended, Server, arg, run, succeed};

/// A running server notices a change of the keys within a second; this is ample.
const NOTICE_WAIT: Duration = Duration::from_secs(20);

/// Asks until the status is this one; the connection is kept busy, so no time is slept away.
fn wait_for_status(connection: &mut Connection, status: u16) {
    let until = Instant::now() + NOTICE_WAIT;
    loop {
        let answer = connection.read("/v1/shows").unwrap();
        if answer.status == status {
            return;
        }
        assert!(Instant::now() < until, "still {answer:?}");
    }
}

#[test]
fn without_a_key_a_house_is_open_to_this_machine_only() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("house");
    let refused = run(&["serve", "--listen", "0.0.0.0:0", "--data", arg(&data)]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("boxoffice key create"),
        "{}",
        refused.stderr
    );
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn keys_are_made_and_revoked_while_the_house_is_served() {
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("house");
    let server = Server::start(&data, &[]);
    let mut open = server.connect();
    assert_eq!(open.read("/v1/shows").unwrap().status, 200);
    let create = |name: &str, role: &str| -> Ended {
        succeed(&["key", "create", name, "--role", role, "--data", arg(&data)])
    };
    let first = create("front desk", "seller");
    let secret = first.stdout.trim();
    assert!(
        !first.stderr.contains(secret),
        "the secret is data, not a note"
    );
    wait_for_status(&mut open, 401);
    let mut seller = server.connect().with_key(secret);
    wait_for_status(&mut seller, 200);
    // A seller sells; it does not set up the house.
    assert_eq!(
        seller.ask("PUT", "/v1/shows/night", "{}").unwrap().status,
        403
    );
    let admin = create("owner", "admin");
    let mut admin = server.connect().with_key(admin.stdout.trim());
    wait_for_status(&mut admin, 200);
    assert_eq!(admin.read("/metrics").unwrap().status, 200);
    let list = succeed(&["key", "list", "--data", arg(&data)]).stdout;
    assert!(
        list.contains("front desk") && list.contains("owner"),
        "{list}"
    );
    assert!(!list.contains(secret), "{list}");
    succeed(&["key", "revoke", "1", "--data", arg(&data)]);
    wait_for_status(&mut seller, 401);
    wait_for_status(&mut admin, 200);
    // A health check needs no key.
    assert_eq!(open.read("/readyz").unwrap().status, 200);
    let unknown = run(&["key", "revoke", "99", "--data", arg(&data)]);
    assert_eq!(unknown.code, Some(1), "{}", unknown.stderr);
    let said = server.stop().stderr;
    assert!(!said.contains(secret), "the secret is logged");
    let stored = std::fs::read_to_string(data.join("keys.json")).unwrap();
    assert!(!stored.contains(secret), "the secret is stored");
}
