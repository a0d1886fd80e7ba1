//! Digest challenges are answered, each attempt being a hop of its own.

use stampede_http::{Auth, Request};

use crate::server::{Asked, Reply, Server, ok, run, say, user};

fn guarded(asked: &Asked) -> Reply {
    if asked
        .head
        .contains("Authorization: Digest username=\"user\"")
    {
        return ok();
    }
    let challenge =
        "Digest realm=\"r@x\", nonce=\"abc\", qop=\"auth\", opaque=\"op\", algorithm=MD5";
    say(
        &format!("401 Unauthorized\r\nWWW-Authenticate: {challenge}"),
        b"no",
    )
}

#[test]
fn a_challenge_is_answered_once_with_the_same_body() {
    run(async {
        let server = Server::start(guarded).await;
        let user = user();
        let mut request =
            Request::new("POST", format!("http://user:pass@{}/d?x=1", server.address));
        request.auth = Auth::Digest;
        request.body = Some("body".into());
        let response = user.send(request).await;
        assert_eq!(response.status, 200);
        let statuses: Vec<u16> = user.hops().iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [401, 200]);
        assert_eq!(&*response.url, server.url("/d?x=1"));
        let asked = server.asked();
        assert!(
            asked[0]
                .head
                .contains("Authorization: Basic dXNlcjpwYXNz\r\n"),
            "{asked:?}"
        );
        assert!(asked[1].head.contains("uri=\"/d?x=1\""), "{asked:?}");
        assert_eq!(asked[1].body, b"body");
    });
}

#[test]
fn a_wrong_password_ends_with_the_refusal() {
    run(async {
        let server = Server::start(guarded).await;
        let mut request = Request::new("GET", format!("http://other:pass@{}/", server.address));
        request.auth = Auth::Digest;
        let response = user().send(request).await;
        assert_eq!((response.status, server.asked().len()), (401, 2));
    });
}

#[test]
fn ntlm_is_refused_with_a_message() {
    run(async {
        let mut request = Request::new("GET", "http://u:p@127.0.0.1:1/");
        request.auth = Auth::Ntlm;
        let response = user().send(request).await;
        assert_eq!(response.error_code(), 1000);
        assert!(
            response.error_text().contains("NTLM is not supported"),
            "{response:?}"
        );
    });
}
