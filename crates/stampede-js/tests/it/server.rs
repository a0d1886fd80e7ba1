//! A server that says what it was asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;

/// Starts the server in the present task set and answers its address.
pub(crate) async fn start() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::task::spawn_local(async move {
                let service = hyper::service::service_fn(answer);
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                // A client that goes away is no failure of the test.
                connection.await.ok();
            });
        }
    });
    address
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let mut response = Response::new(Full::default());
    match head.uri.path() {
        "/redirect" => {
            *response.status_mut() = StatusCode::FOUND;
            set(&mut response, "location", "/echo");
        }
        "/cookies" => {
            set(
                &mut response,
                "set-cookie",
                "a=1; Path=/; HttpOnly; Max-Age=100",
            );
            set(&mut response, "set-cookie", "b=2");
        }
        "/stall" => std::future::pending::<()>().await,
        "/slow" => {
            let never = std::future::pending::<()>();
            let waited = tokio::time::timeout(Duration::from_millis(30), never).await;
            assert!(waited.is_err(), "what never comes does not come");
        }
        path if path.starts_with("/status/") => {
            *response.status_mut() = path["/status/".len()..].parse().unwrap();
            *response.body_mut() = Full::from("{\"error\":\"refused\"}");
        }
        "/page" => *response.body_mut() = Full::from(body),
        "/bytes" => *response.body_mut() = Full::from(&[0, 159, 146, 150][..]),
        path => {
            let headers: Vec<[String; 2]> = head
                .headers
                .iter()
                .map(|(name, value)| {
                    [
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    ]
                })
                .collect();
            let echo = serde_json::json!({
                "method": head.method.as_str(),
                "path": path,
                "query": head.uri.query(),
                "headers": headers,
                "body": String::from_utf8_lossy(&body),
                "list": [{"n": "x", "v": 1}, {"n": "y", "v": 2}],
            });
            set(&mut response, "content-type", "application/json");
            set(&mut response, "x-multi", "1");
            set(&mut response, "x-multi", "2");
            *response.body_mut() = Full::from(echo.to_string());
        }
    }
    Ok(response)
}

fn set(response: &mut Response<Full<Bytes>>, name: &'static str, value: &'static str) {
    let (name, value) = (
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    );
    response.headers_mut().append(name, value);
}
