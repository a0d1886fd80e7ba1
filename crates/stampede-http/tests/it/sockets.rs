//! Websockets against a real server of theirs.

use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use stampede_http::{Cookie, Message, Request, Response, Socket, Url};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite;

use crate::server::{Reply, Server, User, run, say, user};

/// A server that sends every message back.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn_local(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::task::spawn_local(async move {
                let mut socket = tokio_tungstenite::accept_async(tcp).await.unwrap();
                while let Some(Ok(message)) = socket.next().await {
                    if matches!(
                        message,
                        tungstenite::Message::Text(_) | tungstenite::Message::Binary(_)
                    ) {
                        socket.send(message).await.unwrap();
                    }
                }
            });
        }
    });
    address
}

async fn open(user: &User, request: Request) -> (Response, Option<Socket>) {
    user.client.open_socket(Rc::new(request), &user.jar).await
}

#[test]
fn messages_come_back_and_the_end_is_seen() {
    run(async {
        let address = echo().await;
        let user = user();
        let (response, socket) = open(&user, Request::new("GET", format!("ws://{address}/"))).await;
        assert_eq!((response.status, response.error_text()), (101, ""));
        let socket = socket.unwrap();
        let large = Message::Binary(Bytes::from(vec![7; 300_000]));
        for message in [Message::Text("hi".to_owned()), large] {
            socket.send(message.clone()).await.unwrap();
            assert_eq!(socket.receive().await, Some(Ok(message)));
        }
        socket
            .send(Message::Ping(Bytes::from_static(b"p")))
            .await
            .unwrap();
        let pong = socket.receive().await;
        assert_eq!(pong, Some(Ok(Message::Pong(Bytes::from_static(b"p")))));
        socket
            .send(Message::Close(1000, "bye".to_owned()))
            .await
            .unwrap();
        let close = socket.receive().await;
        assert_eq!(close, Some(Ok(Message::Close(1000, "bye".to_owned()))));
        assert_eq!(socket.receive().await, None);
        assert!(socket.send(Message::Text("late".to_owned())).await.is_err());
        assert!(user.client.take_traffic().received_bytes > 300_000);
    });
}

/// The head is that of k6 2.2.0, apart from our own name.
#[test]
fn the_handshake_is_written_as_k6_writes_it() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/none" => say("404 Not Found", b"no"),
            _ => Reply::SayAndClose(b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: x\r\n\r\n".to_vec()),
        })
        .await;
        let user = User::new(|options| options.user_agent = "ua".to_owned());
        let url = format!("ws://{}/none", server.address);
        user.jar
            .borrow_mut()
            .set(&Url::parse(&url).unwrap(), &Cookie::new("c", "1"));
        let mut request = Request::new("GET", url);
        request.set_header("X-A", b"1");
        request.set_header("Sec-WebSocket-Protocol", b"proto1");
        let (refused, socket) = open(&user, request).await;
        assert!(socket.is_none());
        assert_eq!((refused.status, refused.error_text()), (404, ""));
        assert_eq!(refused.body.as_deref(), Some(&b"no"[..]));
        let head = server.heads().remove(0);
        let (before, rest) = head.split_once("Sec-WebSocket-Key: ").unwrap();
        let (key, after) = rest.split_once("\r\n").unwrap();
        assert_eq!(key.len(), 24);
        assert_eq!(
            before,
            "GET /none HTTP/1.1\r\nHost: HOST\r\nUser-Agent: ua\r\nConnection: Upgrade\r\n\
             Cookie: c=1\r\n"
        );
        assert_eq!(
            after,
            "Sec-WebSocket-Protocol: proto1\r\nSec-WebSocket-Version: 13\r\n\
             Upgrade: websocket\r\nX-A: 1\r\n\r\n"
        );
        let wrong = open(
            &user,
            Request::new("GET", format!("ws://{}/", server.address)),
        )
        .await;
        assert!(wrong.1.is_none());
        assert!(
            wrong.0.error_text().starts_with("websocket: bad handshake"),
            "{:?}",
            wrong.0
        );
    });
}

#[test]
fn what_cannot_be_opened_is_named() {
    run(async {
        let user = user();
        let http = open(&user, Request::new("GET", "http://127.0.0.1:1/")).await;
        assert_eq!(http.0.error_text(), "malformed ws or wss URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let refused = open(&user, Request::new("GET", format!("ws://{address}/"))).await;
        assert_eq!(refused.0.error_code(), 1212);
        assert!(refused.1.is_none());
    });
}
