//! A server that says exactly the bytes a test tells it to, and keeps what it was asked.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use stampede_http::{Client, ClientOptions, CookieJar, Environment, Request, Response};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one request.
pub(crate) enum Reply {
    /// Writes these bytes and reads on.
    Say(Vec<u8>),
    /// Writes these bytes and closes.
    SayAndClose(Vec<u8>),
    /// Closes with a reset.
    Reset,
    /// Writes these bytes and then nothing, for ever.
    SayAndStall(Vec<u8>),
    /// Writes the first part, then the second again and again until nobody reads.
    SayForEver(Vec<u8>, Vec<u8>),
}

/// A whole response with a body.
pub(crate) fn say(head: &str, body: &[u8]) -> Reply {
    let mut bytes =
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    Reply::Say(bytes)
}

/// `200 OK` with the body `ok`.
pub(crate) fn ok() -> Reply {
    say("200 OK", b"ok")
}

/// What the server was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The number of the connection, from 1.
    pub(crate) connection: usize,
    /// The first line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The target of the first line, without its query.
    pub(crate) fn path(&self) -> &str {
        let target = self.head.split(' ').nth(1).unwrap_or("");
        target.split('?').next().unwrap_or("")
    }
}

/// A running server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Rc<RefCell<Vec<Asked>>>,
}

impl Server {
    /// Starts a server on the runtime of the test.
    pub(crate) async fn start(reply: impl Fn(&Asked) -> Reply + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Rc::new(RefCell::new(Vec::new()));
        let (reply, log) = (Rc::new(reply), Rc::clone(&asked));
        tokio::task::spawn_local(async move {
            let mut connection = 0;
            while let Ok((tcp, _)) = listener.accept().await {
                connection += 1;
                let (reply, log) = (Rc::clone(&reply), Rc::clone(&log));
                tokio::task::spawn_local(async move {
                    // A client that leaves is no failure of the server.
                    let _left = serve(tcp, connection, &*reply, &log).await;
                });
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    /// Everything that was asked so far, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.borrow().clone()
    }

    /// The heads of everything that was asked, with the address of the server as `HOST`.
    pub(crate) fn heads(&self) -> Vec<String> {
        let address = self.address.to_string();
        self.asked()
            .iter()
            .map(|asked| asked.head.replace(&address, "HOST"))
            .collect()
    }
}

async fn serve(
    tcp: TcpStream,
    connection: usize,
    reply: &dyn Fn(&Asked) -> Reply,
    log: &RefCell<Vec<Asked>>,
) -> io::Result<()> {
    let mut tcp = tcp;
    while let Some((head, body)) = read_request(&mut tcp).await? {
        let asked = Asked {
            connection,
            head,
            body,
        };
        log.borrow_mut().push(asked.clone());
        match reply(&asked) {
            Reply::Say(bytes) => tcp.write_all(&bytes).await?,
            Reply::SayAndClose(bytes) => {
                tcp.write_all(&bytes).await?;
                return tcp.shutdown().await;
            }
            Reply::Reset => {
                tcp.set_zero_linger()?;
                return Ok(());
            }
            Reply::SayAndStall(bytes) => {
                tcp.write_all(&bytes).await?;
                std::future::pending::<()>().await;
            }
            Reply::SayForEver(first, again) => {
                tcp.write_all(&first).await?;
                loop {
                    tcp.write_all(&again).await?;
                }
            }
        }
    }
    Ok(())
}

/// Reads one request; `None` if the client has closed.
pub(crate) async fn read_request(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match io.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) if head.is_empty() => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
            .map(str::to_owned)
    };
    let mut body = Vec::new();
    if let Some(length) = header("Content-Length:") {
        body.resize(length.parse().unwrap(), 0);
        io.read_exact(&mut body).await?;
    } else if header("Transfer-Encoding:").is_some() {
        while !body.ends_with(b"0\r\n\r\n") {
            body.push(io.read_u8().await?);
        }
    }
    Ok(Some((head, body)))
}

/// A client, its jar, and what it has seen.
pub(crate) struct User {
    pub(crate) client: Client,
    pub(crate) jar: RefCell<CookieJar>,
    hops: RefCell<Vec<(u16, String)>>,
}

impl User {
    pub(crate) fn new(change: impl FnOnce(&mut ClientOptions)) -> Self {
        let mut options = ClientOptions::new();
        change(&mut options);
        let client = Client::new(Arc::new(Environment::new(options).unwrap()), 0);
        Self {
            client,
            jar: RefCell::default(),
            hops: RefCell::default(),
        }
    }

    pub(crate) async fn send(&self, request: Request) -> Response {
        let seen = |hop: &Response| {
            let url = hop.url.to_string();
            self.hops.borrow_mut().push((hop.status, url));
        };
        self.client.send(Rc::new(request), &self.jar, &seen).await
    }

    pub(crate) async fn get(&self, url: impl Into<String>) -> Response {
        self.send(Request::new("GET", url)).await
    }

    pub(crate) async fn post(&self, url: impl Into<String>, body: &'static str) -> Response {
        let mut request = Request::new("POST", url);
        request.body = Some(body.into());
        self.send(request).await
    }

    /// Status and address of every hop so far.
    pub(crate) fn hops(&self) -> Vec<(u16, String)> {
        self.hops.borrow().clone()
    }
}

/// A user with k6's options.
pub(crate) fn user() -> User {
    User::new(|_| {})
}

/// Runs a test on a runtime like that of the workers.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

/// The text of a body.
pub(crate) fn text(response: &Response) -> Option<&str> {
    response
        .body
        .as_deref()
        .map(|body| std::str::from_utf8(body).unwrap())
}
