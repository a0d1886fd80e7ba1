//! `k6/ws` and `k6/websockets` against servers that echo, flood and stall.

use std::net::SocketAddr;

use futures_util::{SinkExt as _, StreamExt as _};
use stampede_js::{Interrupter, Iteration, ScriptError, ScriptErrorKind};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

use crate::stage::{Stage, run};

/// What a server does with each connection.
#[derive(Clone, Copy)]
enum Server {
    /// Sends back what comes; closes with 4001 after the text `bye`; pings after the text `ping`.
    Echo,
    /// Sends messages for ever.
    Flood,
    /// Opens, then neither reads nor writes.
    Stall,
    /// Takes the connection and never answers the handshake.
    Mute,
}

async fn start(server: Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::task::spawn_local(serve(server, stream));
        }
    });
    address
}

async fn serve(server: Server, mut stream: TcpStream) {
    if matches!(server, Server::Mute) {
        while stream.read_u8().await.is_ok() {}
        return;
    }
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    match server {
        Server::Flood => {
            let text = "x".repeat(1000);
            while socket.send(Message::text(text.clone())).await.is_ok() {}
        }
        Server::Stall => std::future::pending().await,
        Server::Echo | Server::Mute => {
            while let Some(Ok(message)) = socket.next().await {
                let answer = match message {
                    Message::Text(text) if text == "bye" => {
                        let frame = tokio_tungstenite::tungstenite::protocol::CloseFrame {
                            code: 4001.into(),
                            reason: "why".into(),
                        };
                        Message::Close(Some(frame))
                    }
                    Message::Text(text) if text == "ping" => Message::Ping("hi".into()),
                    Message::Text(_) | Message::Binary(_) => message,
                    _ => continue,
                };
                if socket.send(answer).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Runs one iteration of a script's default function against a server whose address is `W`.
fn iterated(server: Server, imports: &str, body: &str) -> (Stage, Result<(), ScriptError>) {
    stopped(server, imports, body, None)
}

/// The same; once the script has written the line, it is told to stop.
fn stopped(
    server: Server,
    imports: &str,
    body: &str,
    line: Option<&'static str>,
) -> (Stage, Result<(), ScriptError>) {
    run(async {
        let address = start(server).await;
        let source = format!(
            "{imports}
            const W = 'ws://{address}/';
            const t = (f) => {{ try {{ return f(); }} catch (e) {{ return String(e); }} }};
            export default function () {{ {body} }}"
        );
        let stage = Stage::load(&source).await.unwrap();
        let mut vu = stage.vu().await;
        if let Some(line) = line {
            let log = std::sync::Arc::clone(&stage.log);
            tokio::task::spawn_local(stop_at(vu.interrupter(), log, line));
        }
        let result = vu.iterate(Iteration::default()).await;
        drop(vu);
        (stage, result)
    })
}

async fn stop_at(
    interrupter: Interrupter,
    log: std::sync::Arc<stampede_js::KeptLog>,
    line: &'static str,
) {
    while !log.lines().iter().any(|(_, text)| text == line) {
        tokio::task::yield_now().await;
    }
    interrupter.stop();
}

const WS: &str = "import ws from 'k6/ws';";
const WEBSOCKETS: &str = "import { WebSocket, Blob } from 'k6/websockets';";

#[test]
fn ws_calls_the_handlers_of_each_event() {
    let (stage, result) = iterated(
        Server::Echo,
        WS,
        "const res = ws.connect(W, { tags: { kind: 'own' } }, (s) => {
          for (const name of ['open', 'ping', 'pong']) s.on(name, () => console.log(name));
          s.on('open', () => { s.send('one'); s.sendBinary(new Uint8Array([1, 255]).buffer); });
          s.on('message', (text) => { console.log('text', text); });
          s.on('binaryMessage', (data) => {
            console.log('bytes', new Uint8Array(data).join()); s.ping(); s.send('ping');
          });
          s.on('ping', () => s.send('bye'));
          s.on('error', (e) => console.log('error', e.error()));
          s.on('close', (code) => console.log('close', code));
        });
        console.log(res.status, res.url === W, res.headers.Upgrade, res.error);",
    );
    result.unwrap();
    assert_eq!(
        stage.lines(),
        [
            "open",
            "text one",
            "bytes 1,255",
            "pong",
            "ping",
            "error websocket: close 4001: why",
            "close 4001",
            "101 true websocket ",
        ]
    );
    assert_eq!(stage.samples_of("ws_msgs_sent").len(), 4);
    assert_eq!(stage.samples_of("ws_msgs_received").len(), 2);
    assert_eq!(stage.samples_of("ws_ping").len(), 1);
    assert_eq!(stage.samples_of("ws_session_duration").len(), 1);
    let session = &stage.samples_of("ws_sessions")[0];
    assert!(
        session.starts_with("1 group= kind=own scenario=default status=101 subproto= url=ws://"),
        "{session}"
    );
}

#[test]
fn ws_closes_the_socket_when_a_handler_throws() {
    let (stage, result) = iterated(
        Server::Echo,
        WS,
        "ws.connect(W, (s) => {
          s.on('open', () => { throw new Error('mine'); });
          s.on('close', (code) => console.log('close', code));
        });",
    );
    let error = result.unwrap_err();
    assert_eq!(error.message, "Error: mine");
    assert!(!error.stack.contains("stampede:"), "{}", error.stack);
    assert_eq!(stage.lines(), ["close 1001"]);
}

#[test]
fn ws_refuses_wrong_arguments_by_name() {
    let (stage, result) = iterated(
        Server::Echo,
        WS,
        "console.log(t(() => ws.connect(W)));
        console.log(t(() => ws.connect(W, {}, 5)));
        console.log(t(() => ws.connect('http://127.0.0.1:1/', () => {}).error));
        console.log(t(() => ws.connect(W, { compression: 'x' }, () => {})));
        ws.connect(W, (s) => {
          console.log(t(() => s.setTimeout(() => {}, 0)));
          console.log(t(() => s.sendBinary('x')));
          s.close();
          s.on('error', (e) => console.log(e.error()));
          s.send('late');
        });",
    );
    result.unwrap();
    assert_eq!(
        stage.lines(),
        [
            "GoError: invalid number of arguments to ws.connect",
            "GoError: last argument to ws.connect must be a function",
            "malformed ws or wss URL",
            "GoError: unsupported compression algorithm 'x', supported algorithm is 'deflate'",
            "GoError: setTimeout requires a >0 timeout parameter, received 0.00",
            "GoError: expected ArrayBuffer as argument, received: String",
            "websocket: close sent",
        ]
    );
}

#[test]
fn a_websocket_lives_in_the_event_loop() {
    let (stage, result) = iterated(
        Server::Echo,
        WEBSOCKETS,
        "const s = new WebSocket(W, null, { tags: { kind: 'own' } });
        console.log(s.readyState, t(() => s.send('early')));
        s.onopen = () => {
          s.send('a'); s.send(new Uint8Array([7]).buffer); s.send(new Blob(['b', 'lob']));
          console.log(s.readyState, s.bufferedAmount);
        };
        s.addEventListener('message', (e) => {
          if (typeof e.data === 'string') return console.log('text', e.data);
          e.data.text().then((text) => {
            console.log('blob', e.data.size, text.length);
            if (e.data.size === 4) s.close(1000, 'done');
          });
        });
        s.onclose = (e) => console.log('close', e.code, e.reason, s.readyState);
        s.onerror = (e) => console.log('error', e.error);",
    );
    result.unwrap();
    assert_eq!(
        stage.lines(),
        [
            "0 GoError: InvalidStateError",
            "1 6",
            "text a",
            "blob 1 1",
            "blob 4 4",
            "close 1000 done 3",
        ]
    );
    assert_eq!(stage.samples_of("ws_msgs_sent").len(), 4);
    assert_eq!(stage.samples_of("ws_msgs_received").len(), 3);
    assert_eq!(stage.samples_of("ws_session_duration").len(), 1);
}

#[test]
fn what_a_listener_throws_ends_the_iteration_after_the_close() {
    let (stage, result) = iterated(
        Server::Echo,
        WEBSOCKETS,
        "const other = new WebSocket(W);
        const s = new WebSocket(W);
        s.onopen = () => s.send('x');
        s.onmessage = () => { throw new Error('mine'); };
        s.onerror = (e) => console.log('error', e.error);
        s.onclose = () => console.log('close');",
    );
    assert_eq!(result.unwrap_err().message, "Error: mine");
    assert_eq!(stage.lines(), ["error Error: mine", "close"]);
    assert_eq!(stage.samples_of("ws_session_duration").len(), 2);
}

#[test]
fn a_server_that_floods_starves_neither_timers_nor_a_stop() {
    for (imports, body) in [
        (
            WS,
            "ws.connect(W, (s) => {
              s.on('message', () => {});
              s.setTimeout(() => console.log('timer'), 5);
            });",
        ),
        (
            WEBSOCKETS,
            "const s = new WebSocket(W);
            s.onmessage = () => {};
            setTimeout(() => console.log('timer'), 5);",
        ),
    ] {
        let (stage, result) = stopped(Server::Flood, imports, body, Some("timer"));
        let error = result.unwrap_err();
        assert_eq!(error.kind, ScriptErrorKind::Interrupted, "{imports}");
        assert_eq!(stage.lines(), ["timer"]);
        assert_eq!(stage.samples_of("iterations").len(), 0);
    }
}

#[test]
fn a_server_that_stalls_can_be_left() {
    for (server, imports, body) in [
        (
            Server::Mute,
            WS,
            "console.log('go'); ws.connect(W, (s) => {});",
        ),
        (
            Server::Stall,
            WS,
            "ws.connect(W, (s) => { s.on('open', () => console.log('go')); });",
        ),
        // More than a socket's buffers take.
        (
            Server::Stall,
            WS,
            "ws.connect(W, (s) => { console.log('go'); for (;;) s.send('x'.repeat(1e6)); });",
        ),
        (
            Server::Mute,
            WEBSOCKETS,
            "console.log('go'); new WebSocket(W);",
        ),
        (
            Server::Stall,
            WEBSOCKETS,
            "const s = new WebSocket(W);
            s.onopen = () => { console.log('go');
              for (let i = 0; i < 30; i++) s.send('x'.repeat(1e6)); };",
        ),
    ] {
        let (_, result) = stopped(server, imports, body, Some("go"));
        let error = result.unwrap_err();
        assert_eq!(error.kind, ScriptErrorKind::Interrupted, "{body}");
    }
}

#[test]
fn what_waits_to_be_sent_is_bounded() {
    let (stage, result) = iterated(
        Server::Stall,
        WEBSOCKETS,
        "const s = new WebSocket(W);
        s.onopen = () => { for (;;) s.send('x'.repeat(1e6)); };
        s.onclose = () => console.log('close');",
    );
    let message = result.unwrap_err().message;
    assert!(message.contains("reads too slowly"), "{message}");
    assert_eq!(stage.lines(), ["close"]);
}
