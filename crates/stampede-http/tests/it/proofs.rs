//! Digest challenges are answered, each attempt being a hop of its own.

use std::cell::RefCell;
use std::rc::Rc;

use stampede_http::{Auth, Request, Response};

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

/// The first hop is meant to be refused, whatever the server wants; both were seen with k6.
#[test]
fn a_hop_that_awaits_its_challenge_says_so() {
    run(async {
        for (challenge, asked_times) in [
            ("Digest realm=\"r\", nonce=\"n\"", 2),
            ("Basic realm=\"r\"", 2),
            ("Digest realm=\"r\", algorithm=SHA3", 1),
        ] {
            let head = format!("401 Unauthorized\r\nWWW-Authenticate: {challenge}");
            let server = Server::start(move |_| say(&head, b"")).await;
            let mut request = Request::new("GET", server.url("/"));
            request.auth = Auth::Digest;
            let (user, hops) = (user(), RefCell::new(Vec::new()));
            let observe = |hop: &Response| hops.borrow_mut().push(hop.awaits_challenge);
            let sent = user.client.send(Rc::new(request), &user.jar, &observe);
            assert_eq!(sent.await.status, 401);
            assert_eq!(hops.borrow().len(), asked_times, "{challenge}");
            assert!(hops.borrow()[0], "{challenge}");
            assert!(!hops.borrow()[1..].contains(&true), "{challenge}");
        }
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
