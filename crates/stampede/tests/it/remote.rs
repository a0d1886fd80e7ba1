//! Modules from elsewhere: offline unless told otherwise, fetched by HTTPS, kept, and bounded.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;

/// A server of modules that speaks TLS.
struct Server {
    address: SocketAddr,
    /// Its certificate, which is its own authority.
    pem: String,
    /// The targets that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves whole answers by path, with `{origin}` replaced in them.
    fn start(answers: &'static [(&str, &str)]) -> Server {
        let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let pem = own.cert.pem();
        let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        let answers: BTreeMap<&str, &str> = answers.iter().copied().collect();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::Stream::new(&mut tls, &mut stream);
                let mut line = String::new();
                let mut reader = BufReader::new(&mut stream);
                if reader.read_line(&mut line).is_err() {
                    continue;
                }
                let mut header = String::new();
                while reader.read_line(&mut header).is_ok_and(|length| length > 2) {
                    header.clear();
                }
                let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
                let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
                let answer = answers.get(&*target).copied().unwrap_or(missing);
                let answer = answer.replace("{origin}", &address.to_string());
                kept.lock().unwrap().push(target);
                // A client that goes away is no failure of this server.
                stream.write_all(answer.as_bytes()).unwrap_or_default();
                stream.conn.send_close_notify();
                stream.flush().unwrap_or_default();
            }
        });
        Server {
            address,
            pem,
            asked,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn stampede(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stampede"))
        .current_dir(directory)
        .args(args)
        .env_clear()
        .env("XDG_CACHE_HOME", directory.join("cache"))
        .env("SSL_CERT_FILE", directory.join("root.pem"))
        .output()
        .unwrap()
}

/// A directory with a script that imports this, and the server's authority.
fn home(server: &Server, import: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let url = import.replace("{origin}", &server.address.to_string());
    let script = format!(
        "import twice from '{url}';
         export default function () {{ console.log('twice', twice(21)); }}"
    );
    std::fs::write(home.path().join("script.js"), script).unwrap();
    std::fs::write(home.path().join("root.pem"), &server.pem).unwrap();
    home
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

macro_rules! found {
    ($text:literal) => {
        concat!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", $text)
    };
}

const MODULES: &[(&str, &str)] = &[
    (
        "/lib/twice.js",
        found!("import two from './two.js'; export default (x) => two * x;"),
    ),
    ("/lib/two.js", found!("export default 2;")),
    (
        "/moved.js",
        "HTTP/1.1 302 Found\r\nLocation: /lib/two.js\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "/down.js",
        "HTTP/1.1 302 Found\r\nLocation: http://{origin}/lib/two.js\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "/round.js",
        "HTTP/1.1 302 Found\r\nLocation: /round.js\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "/huge.js",
        "HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\n//",
    ),
    (
        "/spy.js",
        found!("import x from 'file:///etc/passwd'; export default x;"),
    ),
];

#[test]
fn a_module_is_fetched_once_and_kept_and_archived() {
    let server = Server::start(MODULES);
    let home = home(&server, "https://{origin}/lib/twice.js");
    for _ in 0..2 {
        let args = ["run", "-q", "--offline=false", "script.js"];
        let output = stampede(home.path(), &args);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(stderr.contains("twice 42"), "{stderr}");
    }
    assert_eq!(server.asked(), ["/lib/twice.js", "/lib/two.js"]);
    let kept = std::fs::read_dir(home.path().join("cache/stampede/modules")).unwrap();
    assert_eq!(kept.count(), 2);
    let output = stampede(home.path(), &["archive", "--offline=false", "script.js"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    std::fs::remove_dir_all(home.path().join("cache")).unwrap();
    let output = stampede(home.path(), &["run", "-q", "archive.tar"]);
    let stderr = stderr(&output);
    assert!(stderr.contains("twice 42"), "{stderr}");
    assert_eq!(server.asked().len(), 2, "an archive brings its modules");
}

#[test]
fn nothing_is_fetched_unless_that_was_asked_for() {
    let server = Server::start(MODULES);
    let home = home(&server, "https://{origin}/lib/twice.js");
    for args in [
        &["run", "script.js"][..],
        &["run", "--offline", "script.js"],
    ] {
        let output = stampede(home.path(), args);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(107), "{stderr}");
        for told in ["/lib/twice.js", "--offline=false", "jslib.k6.io/k6-utils"] {
            assert!(stderr.contains(told), "{told}: {stderr}");
        }
    }
    assert!(server.asked().is_empty());
}

#[test]
fn what_cannot_be_fetched_safely_and_whole_ends_the_run_before_it_starts() {
    let server = Server::start(MODULES);
    for (import, told) in [
        ("https://{origin}/gone.js", "404"),
        ("https://{origin}/down.js", "https:// alone"),
        ("https://{origin}/round.js", "more than 5 times"),
        ("https://{origin}/huge.js", "huge.js"),
        ("https://{origin}/spy.js", "may not read files"),
        ("http://{origin}/lib/twice.js", "https:// alone"),
        ("https://127.0.0.1:1/x.js", "127.0.0.1:1"),
    ] {
        let home = home(&server, import);
        let output = stampede(home.path(), &["run", "--offline=false", "script.js"]);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(107), "{import}: {stderr}");
        assert!(stderr.contains(told), "{import}: {stderr}");
    }
    let home = home(&server, "https://{origin}/lib/twice.js");
    std::fs::write(home.path().join("root.pem"), Server::start(&[]).pem).unwrap();
    let output = stampede(home.path(), &["run", "--offline=false", "script.js"]);
    assert_eq!(output.status.code(), Some(107), "a stranger's certificate");
    assert!(!home.path().join("cache").exists());
}
