//! Redirects are followed as Go follows them, and every hop is shown.

use bytes::Bytes;
use stampede_http::Request;

use crate::server::{Asked, Reply, Server, User, ok, run, say, text, user};

/// `/301?target` and the like redirect; everything else is fine.
fn redirecting(asked: &Asked) -> Reply {
    let target = asked.head.split(' ').nth(1).unwrap();
    let (path, location) = target.split_once('?').unwrap_or((target, "/final"));
    match path.trim_start_matches('/').parse::<u16>() {
        Ok(status) => say(&format!("{status} X\r\nLocation: {location}"), b"moved"),
        Err(_) => ok(),
    }
}

#[test]
fn the_method_and_the_body_follow_only_where_go_keeps_them() {
    run(async {
        for status in [301, 302, 303, 307, 308] {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
                let server = Server::start(redirecting).await;
                let mut request = Request::new(method, server.url(&format!("/{status}")));
                request.set_header("Content-Type", b"text/x");
                if method != "HEAD" {
                    request.body = Some(Bytes::from_static(b"bd"));
                }
                let response = user().send(request).await;
                assert!(response.url.ends_with("/final"), "{status} {method}");
                let asked = server.asked();
                let keeps = status >= 307;
                let wanted = if keeps || method == "HEAD" {
                    method
                } else {
                    "GET"
                };
                let last = &asked[1].head;
                assert!(
                    last.starts_with(&format!("{wanted} /final ")),
                    "{status} {last}"
                );
                assert_eq!(last.contains("Content-Type"), keeps, "{status} {last}");
                let body = if keeps && method != "HEAD" { "bd" } else { "" };
                assert_eq!(asked[1].body, body.as_bytes(), "{status} {method}");
                let referer = format!("Referer: {}\r\n", server.url(&format!("/{status}")));
                assert!(last.contains(&referer), "{last}");
                // The server answers a HEAD with a body, which spoils the connection.
                let is_kept = asked[0].connection == asked[1].connection;
                assert_eq!(is_kept, method != "HEAD", "{status} {method}");
            }
        }
    });
}

#[test]
fn every_hop_is_shown_with_its_own_figures() {
    run(async {
        let server = Server::start(redirecting).await;
        let user = user();
        let response = user.get(server.url("/302?/303")).await;
        assert_eq!(text(&response), Some("ok"));
        let wanted = [
            (302, server.url("/302?/303")),
            (303, server.url("/303")),
            (200, server.url("/final")),
        ];
        assert_eq!(user.hops(), wanted);
        assert_eq!(&*response.request.url, server.url("/302?/303"));
    });
}

#[test]
fn other_statuses_and_missing_locations_lead_nowhere() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/none" => say("302 Found", b"stay"),
            _ => redirecting(asked),
        })
        .await;
        let user = user();
        assert_eq!(text(&user.get(server.url("/none")).await), Some("stay"));
        assert_eq!(user.get(server.url("/300")).await.status, 300);
        assert_eq!(server.asked().len(), 2);
    });
}

#[test]
fn a_loop_ends_at_the_limit_with_the_redirect_itself() {
    run(async {
        let server = Server::start(|_| say("302 Found\r\nLocation: /loop", b"")).await;
        let response = user().get(server.url("/loop")).await;
        assert_eq!((response.status, response.is_redirect_limit), (302, true));
        assert_eq!(server.asked().len(), 11);
        let mut request = Request::new("GET", server.url("/loop"));
        request.redirects_max = Some(0);
        let response = user().send(request).await;
        assert_eq!((response.status, server.asked().len()), (302, 12));
        assert!(!response.is_redirect_limit, "that many were asked for");
        let few = User::new(|options| options.redirects_max = Some(3));
        few.get(server.url("/loop")).await;
        assert_eq!(server.asked().len(), 16);
    });
}

#[test]
fn secrets_stay_with_their_host_and_the_requests_own_cookies_do_not() {
    run(async {
        let server = Server::start(redirecting).await;
        let port = server.address.port();
        let target = server.url(&format!("/302?http://localhost:{port}/final"));
        let mut request = Request::new("GET", target);
        request.set_header("Authorization", b"a");
        request.set_header("Cookie", b"own=1");
        request.set_header("X-B", b"2");
        request.cookies.push(stampede_http::RequestCookie {
            name: "k".to_owned(),
            value: "v".to_owned(),
            replace: false,
        });
        let response = user().send(request).await;
        assert_eq!(response.status, 200, "{:?}", response.error);
        let asked = server.asked();
        assert!(
            asked[0].head.contains("Cookie: own=1; k=v\r\n"),
            "{asked:?}"
        );
        let last = &asked[1].head;
        assert!(
            last.contains(&format!("Host: localhost:{port}\r\n")),
            "{last}"
        );
        assert!(!last.contains("Authorization"), "{last}");
        assert!(last.contains("Cookie: k=v\r\n"), "{last}");
        assert!(last.contains("X-B: 2\r\n"), "{last}");
    });
}

#[test]
fn the_scripts_host_holds_while_the_location_is_relative() {
    run(async {
        let server = Server::start(redirecting).await;
        let send = async |target: String| {
            let mut request = Request::new("GET", target);
            request.set_header("Host", b"zzz.com");
            user().send(request).await;
            server.asked().pop().unwrap().head
        };
        let relative = send(server.url("/302?/final")).await;
        assert!(relative.contains("Host: zzz.com\r\n"), "{relative}");
        let absolute = send(server.url(&format!("/302?{}", server.url("/final")))).await;
        assert!(!absolute.contains("zzz.com"), "{absolute}");
    });
}

#[test]
fn a_redirect_to_what_is_no_address_fails_the_hop_that_said_so() {
    run(async {
        let server = Server::start(redirecting).await;
        let user = user();
        let response = user.get(server.url("/302?http://[bad")).await;
        assert_eq!((response.status, response.error_code()), (0, 1000));
        assert_eq!(
            response.error_text(),
            "failed to parse Location header \"http://[bad\": parse \"http://[bad\": missing ']' in host"
        );
        assert_eq!(user.hops().len(), 1);
        let response = user.get(server.url("/302?ftp://x/y")).await;
        assert_eq!(response.error_text(), "unsupported protocol scheme \"ftp\"");
        assert_eq!(user.hops().len(), 3);
    });
}

#[test]
fn a_long_body_of_a_redirect_is_not_read() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/final" => ok(),
            _ => {
                let head =
                    b"HTTP/1.1 302 Found\r\nLocation: /final\r\nContent-Length: 100000000\r\n\r\n";
                Reply::SayForEver(head.to_vec(), vec![b'x'; 1000])
            }
        })
        .await;
        let user = user();
        let response = user.get(server.url("/big")).await;
        assert_eq!(response.status, 200);
        let asked = server.asked();
        assert_ne!(asked[0].connection, asked[1].connection);
        assert!(user.client.take_traffic().received_bytes < 10_000_000);
    });
}
