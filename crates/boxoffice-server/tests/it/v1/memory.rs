//! A show that is described at length, while there is no memory left for long descriptions.

use super::opera;
use crate::support::{Setup, TestServer};

#[test]
fn a_show_that_finds_no_memory_is_refused_and_changes_nothing() {
    let server = TestServer::start_with(
        Setup {
            body_memory_bytes_max: Some(0),
            ..Setup::default()
        },
        &[],
    );
    let show = opera().to_string();
    let padded = format!("{show}{}", " ".repeat(64 * 1_024));
    let key = [("idempotency-key", "k")];
    for _n_attempt in 0..2 {
        server
            .send_with("PUT", "/v1/shows/opera", &key, &padded)
            .problem(503, "overloaded");
        server
            .send("GET", "/v1/shows/opera", "")
            .problem(404, "not-found");
    }
    // What is small needs none of that memory, and the key was not used up.
    server
        .send_with("PUT", "/v1/shows/opera", &key, &show)
        .ok(201);
    let metrics = String::from_utf8(server.send("GET", "/metrics", "").body).unwrap();
    assert!(metrics.contains("boxoffice_large_bodies_refused_total 2\n"));
    assert!(metrics.contains("boxoffice_large_body_bytes 0\n"));
}
