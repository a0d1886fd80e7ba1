//! Cookies come from the request, its jar and the server, and go where they belong.

use stampede_http::{Cookie, Request, RequestCookie, Url};

use crate::server::{Server, ok, run, say, user};

fn cookie_line(head: &str) -> Option<&str> {
    head.lines().find_map(|line| line.strip_prefix("Cookie: "))
}

fn own(name: &str, value: &str, replace: bool) -> RequestCookie {
    RequestCookie {
        name: name.to_owned(),
        value: value.to_owned(),
        replace,
    }
}

#[test]
fn the_header_is_the_scripts_then_the_requests_then_the_jars() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let user = user();
        let url = Url::parse(&server.url("/deep/er")).unwrap();
        user.jar.borrow_mut().set(&url, &Cookie::new("y", "2"));
        let send = async |cookies: Vec<RequestCookie>, header: Option<&[u8]>| {
            let mut request = Request::new("GET", server.url("/deep/er"));
            request.cookies = cookies;
            if let Some(header) = header {
                request.set_header("Cookie", header);
            }
            user.send(request).await;
            cookie_line(&server.asked().pop().unwrap().head)
                .unwrap()
                .to_owned()
        };
        assert_eq!(send(Vec::new(), None).await, "y=2");
        assert_eq!(
            send(vec![own("y", "mine", false)], None).await,
            "y=mine; y=2"
        );
        assert_eq!(send(vec![own("y", "mine", true)], None).await, "y=mine");
        assert_eq!(
            send(vec![own("z", "1", false)], Some(b"own=1")).await,
            "own=1; z=1; y=2"
        );
    });
}

#[test]
fn a_cookie_set_by_a_redirect_is_sent_to_where_it_leads() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/login" => say(
                "302 Found\r\nLocation: /welcome\r\nSet-Cookie: r=1; Path=/",
                b"",
            ),
            _ => ok(),
        })
        .await;
        let user = user();
        let response = user.post(server.url("/login"), "x").await;
        assert_eq!(cookie_line(&server.asked()[1].head), Some("r=1"));
        assert_eq!(
            response.sent_cookies,
            [],
            "those of the first hop are shown"
        );
        user.get(server.url("/welcome")).await;
        assert_eq!(cookie_line(&server.asked()[2].head), Some("r=1"));
    });
}

#[test]
fn the_cookies_of_a_response_are_read() {
    run(async {
        let server = Server::start(|_| {
            say(
                "200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Max-Age=10; HttpOnly",
                b"ok",
            )
        })
        .await;
        let response = user().get(server.url("/")).await;
        let cookies = response.cookies();
        assert_eq!(
            cookies[0],
            Cookie {
                path: "/".to_owned(),
                ..Cookie::new("a", "1")
            }
        );
        let wanted = Cookie {
            max_age_s: 10,
            http_only: true,
            ..Cookie::new("b", "2")
        };
        assert_eq!(cookies[1], wanted);
        assert_eq!(
            response.headers.joined("set-cookie").unwrap(),
            "a=1; Path=/, b=2; Max-Age=10; HttpOnly"
        );
    });
}
