//! The commands of the real program, each against a house that is served or was.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::http::Connection;
use crate::process::{Server, arg, boxoffice, contents, ended, run, succeed};

/// A directory for one test.
pub(crate) struct Scratch {
    dir: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Makes a show with ten seats.
pub(crate) fn put_show(connection: &mut Connection) {
    let sections = json!([{"id": "stalls", "price": 100, "rows": [{"row": "A", "seats": 10}]}]);
    let show = json!({"name": "Night", "currency": "EUR", "sections": sections}).to_string();
    assert_eq!(
        connection
            .ask("PUT", "/v1/shows/night", &show)
            .unwrap()
            .status,
        201
    );
}

/// Books a seat; where the booking is, and the booking.
pub(crate) fn book(connection: &mut Connection, seat: &str) -> (String, Value) {
    let body = json!({"buyer": "b", "show": "night", "seats": [seat]}).to_string();
    let made = connection.ask("POST", "/v1/bookings", &body).unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    (made.header("location").unwrap().to_owned(), made.json())
}

/// Holds a seat; the hold, its token included.
pub(crate) fn hold(connection: &mut Connection, seat: &str) -> Value {
    let body = json!({"buyer": "b", "seats": [seat]}).to_string();
    let made = connection
        .ask("POST", "/v1/shows/night/holds", &body)
        .unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

fn line<'a>(shown: &'a str, setting: &str) -> &'a str {
    let found = shown
        .lines()
        .find(|line| line.split(' ').next() == Some(setting));
    found.unwrap_or_else(|| panic!("{setting} is not in:\n{shown}"))
}

#[test]
fn config_show_tells_each_value_and_where_it_is_from() {
    let scratch = Scratch::new();
    let file = scratch.path("settings.toml");
    fs::write(&file, "threads = 3\nmark = \"strict\"\nlog = \"json\"\n").unwrap();
    let mut command = boxoffice(&["config", "show", "--config", arg(&file), "--threads", "5"]);
    let shown = ended(
        command
            .env("BOXOFFICE_MARK", "background")
            .env("BOXOFFICE_KEY", "unused"),
    );
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let source = |setting| {
        let (value, rest) = line(&shown.stdout, setting).split_once(" # ").unwrap();
        let (source, _) = rest.split_once(": ").unwrap();
        (
            value.split_once("= ").unwrap().1.trim().to_owned(),
            source.to_owned(),
        )
    };
    let from_file = format!("file {}", file.display());
    assert_eq!(source("threads"), ("5".into(), "flag".into()));
    assert_eq!(
        source("mark"),
        ("\"background\"".into(), "environment BOXOFFICE_MARK".into())
    );
    assert_eq!(source("log"), ("\"json\"".into(), from_file));
    assert_eq!(
        source("listen"),
        ("\"127.0.0.1:8080\"".into(), "default".into())
    );
}

#[test]
fn all_wrong_settings_are_told_at_once_and_nothing_is_made() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let file = scratch.path("settings.toml");
    fs::write(&file, "colour = \"red\"\nconnections-max = 0\n").unwrap();
    let args = [
        "serve",
        "--data",
        arg(&data),
        "--config",
        arg(&file),
        "--set",
        "order-ttl=soon",
    ];
    let mut command = boxoffice(&args);
    command.args([
        "--listen",
        "nowhere",
        "--tls-key",
        "key.pem",
        "--mark",
        "often",
    ]);
    let refused = ended(
        command
            .env("BOXOFFICE_THREADS", "many")
            .env("BOXOFFICE_TYPO", "1"),
    );
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let named = [
        "colour",
        "connections-max",
        "order-ttl",
        "listen",
        "tls-key",
        "mark",
        "threads",
        "BOXOFFICE_TYPO",
    ];
    for name in named {
        assert!(
            refused.stderr.contains(name),
            "{name} is not in:\n{}",
            refused.stderr
        );
    }
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_second_server_on_a_house_is_refused_and_touches_nothing() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let server = Server::start(&data, &[]);
    let mut connection = server.connect();
    put_show(&mut connection);
    let (path, booking) = book(&mut connection, "A1");
    let before = contents(&data);
    let refused = Server::try_start(&data, &[]).expect_err("the house is in use");
    assert!(matches!(refused.code, Some(1..)), "{:?}", refused.code);
    assert!(
        refused.stderr.contains("another process"),
        "{}",
        refused.stderr
    );
    let after = contents(&data);
    // The mark may be synced by the first server meanwhile, but its bytes are the same.
    let changed: Vec<_> = before
        .keys()
        .filter(|name| before[*name] != after[*name])
        .collect();
    assert!(
        changed.is_empty() && before.len() == after.len(),
        "{changed:?}"
    );
    assert_eq!(connection.read(&path).unwrap().json(), booking);
    server.stop();
}

#[test]
fn a_backup_of_a_served_house_answers_the_same_once_it_is_restored() {
    let scratch = Scratch::new();
    let (data, copy, restored) = (
        scratch.path("house"),
        scratch.path("backup"),
        scratch.path("restored"),
    );
    let server = Server::start(&data, &[]);
    let mut connection = server.connect();
    put_show(&mut connection);
    let (path, booking) = book(&mut connection, "A1");
    let held = hold(&mut connection, "A2");
    let made = succeed(&["backup", "--data", arg(&data), arg(&copy)]);
    assert!(
        made.stderr.contains("whole and verified"),
        "{}",
        made.stderr
    );
    // What comes later is not in it.
    let (later, _) = book(&mut connection, "A3");
    server.kill();
    let before = contents(&copy);
    let not_empty = run(&["backup", "--data", arg(&data), arg(&copy)]);
    assert_eq!(not_empty.code, Some(1), "{}", not_empty.stderr);
    assert!(
        not_empty.stderr.contains("not empty"),
        "{}",
        not_empty.stderr
    );
    assert!(contents(&copy) == before, "a backup is never overwritten");
    succeed(&["journal", "verify", arg(&copy)]);
    succeed(&["restore", arg(&copy), "--data", arg(&restored)]);
    succeed(&["journal", "verify", arg(&restored)]);
    let server = Server::start(&restored, &[]);
    let mut connection = server.connect();
    assert_eq!(connection.read(&path).unwrap().json(), booking);
    assert_eq!(connection.read(&later).unwrap().status, 404);
    // The token of a hold is still its buyer's right to it.
    let body = json!({"hold": held["hold"], "token": held["token"]}).to_string();
    assert_eq!(
        connection
            .ask("POST", "/v1/bookings", &body)
            .unwrap()
            .status,
        201
    );
    server.stop();
}

#[test]
fn stat_and_export_tell_of_the_journal_and_keep_its_secrets() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let server = Server::start(&data, &[]);
    let mut connection = server.connect();
    put_show(&mut connection);
    let held = hold(&mut connection, "A1");
    let (_, booking) = book(&mut connection, "A2");
    let position = connection.read("/v1/holds/none").unwrap().position();
    // While it is served, and after.
    let live = succeed(&["journal", "export", arg(&data)]);
    server.stop();
    let stat = succeed(&["journal", "stat", arg(&data)]).stdout;
    assert_eq!(
        line(&stat, "position").split_whitespace().nth(1),
        Some(&*position.to_string())
    );
    let exported = succeed(&["journal", "export", arg(&data)]);
    assert_eq!(exported.stdout, live.stdout);
    let events: Vec<Value> = exported
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        events.iter().all(|event| event["specversion"] == "1.0"),
        "{events:?}"
    );
    let text = exported.stdout;
    for id in [&held["hold"], &booking["booking"]] {
        assert!(
            text.contains(id.as_str().unwrap()),
            "ids are those of the API: {id}"
        );
    }
    assert!(
        !text.contains(held["token"].as_str().unwrap()),
        "a token is exported"
    );
    assert!(!text.contains("\"token\""), "{text}");
    let secret = fs::read_to_string(data.join("house.secret")).unwrap();
    let secret: Vec<_> = secret
        .split_whitespace()
        .filter(|word| word.len() >= 32)
        .collect();
    assert!(!secret.is_empty(), "the secret is found in its file");
    assert!(
        secret.iter().all(|word| !text.contains(word)),
        "the secret is exported"
    );
    let later = succeed(&[
        "journal",
        "export",
        "--from",
        &position.to_string(),
        arg(&data),
    ])
    .stdout;
    assert!(!later.is_empty() && text.len() > later.len() && text.ends_with(&later));
}

#[test]
fn an_operator_frees_a_seat_on_a_running_server() {
    let scratch = Scratch::new();
    let server = Server::start(&scratch.path("house"), &[]);
    let url = server.url();
    let mut connection = server.connect();
    put_show(&mut connection);
    let (path, booking) = book(&mut connection, "A1");
    let release = ["seat", "release", "night", "A1", "--server", &url];
    let freed = succeed(&release);
    assert!(
        freed.stderr.contains(booking["booking"].as_str().unwrap()),
        "{}",
        freed.stderr
    );
    assert_eq!(
        connection.read(&path).unwrap().json()["status"],
        "cancelled"
    );
    book(&mut connection, "A1");
    let unknown = run(&["seat", "release", "night", "Z9", "--server", &url]);
    assert_eq!(unknown.code, Some(1), "{}", unknown.stderr);
    server.stop();
    let nobody = run(&release);
    assert_eq!(nobody.code, Some(1), "{}", nobody.stderr);
    assert!(
        nobody.stderr.contains("nothing was changed"),
        "{}",
        nobody.stderr
    );
}

#[test]
fn a_stop_answers_what_is_under_way_and_keeps_it() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let mut server = Server::start(&data, &[]);
    put_show(&mut server.connect());
    // The body comes after the signal: the request is under way when the server stops.
    let body = json!({"buyer": "b", "show": "night", "seats": ["A7"]}).to_string();
    let mut slow = server.connect();
    slow.send_head("POST", "/v1/bookings", body.len()).unwrap();
    assert_eq!(slow.receive().unwrap().status, 100);
    server.terminate();
    assert!(server.wait_for("stopping: requests under way are finished first"));
    slow.send_rest(&body).unwrap();
    let made = slow.receive().unwrap();
    let ended = server.wait();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(made.status, 201, "{made:?}");
    let server = Server::start(&data, &[]);
    let path = made.header("location").unwrap();
    assert_eq!(server.connect().read(path).unwrap().json(), made.json());
    server.stop();
}

#[test]
fn a_nearly_full_disk_refuses_writes_and_goes_on_reading() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let server = Server::start(&data, &[]);
    let mut connection = server.connect();
    put_show(&mut connection);
    let (path, booking) = book(&mut connection, "A1");
    server.stop();
    let server = Server::start(&data, &["--free-space-min", "1048576GiB"]);
    let mut connection = server.connect();
    let body = json!({"buyer": "b", "show": "night", "seats": ["A2"]}).to_string();
    let refused = connection.ask("POST", "/v1/bookings", &body).unwrap();
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.json()["code"], "storage-full");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    assert_eq!(connection.read(&path).unwrap().json(), booking);
    assert_eq!(
        connection.read("/v1/shows/night/seats").unwrap().status,
        200
    );
    server.stop();
    let server = Server::start(&data, &[]);
    book(&mut server.connect(), "A2");
    server.stop();
}

#[test]
fn a_house_file_is_loaded_once_and_its_faults_are_told_before_anything_is_made() {
    let scratch = Scratch::new();
    let (data, file) = (scratch.path("house"), scratch.path("house.json"));
    fs::write(&file, r#"{"products": {"shirt": {"price": 5}}}"#).unwrap();
    let refused = Server::try_start(&data, &["--house", arg(&file)]);
    let refused = refused.expect_err("the file is wrong");
    assert!(matches!(refused.code, Some(1..)), "{:?}", refused.code);
    assert!(refused.stderr.contains(arg(&file)), "{}", refused.stderr);
    assert!(!data.exists(), "nothing was made");
    write_house_file(&file);
    for _ in 0..2 {
        let server = Server::start(&data, &["--house", arg(&file)]);
        let product = server.connect().read("/v1/products/shirt").unwrap();
        assert_eq!(product.json()["stock"], 7, "{product:?}");
        server.stop();
    }
}

fn write_house_file(file: &Path) {
    let product = json!({"price": 5, "currency": "EUR", "stock": 7});
    fs::write(file, json!({"products": {"shirt": product}}).to_string()).unwrap();
}
