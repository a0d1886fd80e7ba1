//! What an operator does after a loss, and the slips that must not cost a house anything.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{Scratch, book, hold, put_show};
use crate::http::Connection;
use crate::process::{Contents, Server, arg, contents, run, succeed};

const DATA_DAMAGED: i32 = 65;

/// The number in an id, which people can read.
fn number(id: &Value) -> String {
    let id = id.as_str().unwrap();
    id.split_once('.').unwrap().0.to_owned()
}

/// Tries to book what is held; the status.
fn redeem(connection: &mut Connection, hold: &Value, token: &Value) -> u16 {
    let body = json!({"hold": hold, "token": token}).to_string();
    connection
        .ask("POST", "/v1/bookings", &body)
        .unwrap()
        .status
}

/// Grants a hold and a booking again whose numbers were lost, and tries what the lost ones allow.
fn check_lost_numbers(connection: &mut Connection, lost_hold: &Value, lost_booking: &Value) {
    let new_hold = hold(connection, "A5");
    let (path, new_booking) = book(connection, "A6");
    let (lost, new) = (&lost_hold["hold"], &new_hold["hold"]);
    assert_eq!(number(lost), number(new), "the number is given again");
    assert_ne!(lost, new);
    for (hold, token) in [
        (lost, &lost_hold["token"]),
        (new, &lost_hold["token"]),
        (lost, &new_hold["token"]),
    ] {
        let status = redeem(connection, hold, token);
        assert!((400..500).contains(&status), "{status}");
    }
    assert_eq!(
        number(&lost_booking["booking"]),
        number(&new_booking["booking"])
    );
    let lost_path = format!("/v1/bookings/{}", lost_booking["booking"].as_str().unwrap());
    assert_eq!(connection.read(&lost_path).unwrap().status, 404);
    let cancelled = connection.ask("DELETE", &lost_path, "").unwrap();
    assert_eq!(cancelled.status, 404, "{cancelled:?}");
    assert_eq!(connection.read(&path).unwrap().json(), new_booking);
    assert_eq!(redeem(connection, new, &new_hold["token"]), 201);
}

/// A house that was stopped, with what is kept and what is lost by a cut at `at`.
struct Sold {
    kept_hold: Value,
    kept_booking: (String, Value),
    at: u64,
    lost_hold: Value,
    lost_booking: Value,
}

fn sell(data: &Path) -> Sold {
    let server = Server::start(data, &[]);
    let mut connection = server.connect();
    put_show(&mut connection);
    let kept_hold = hold(&mut connection, "A1");
    let kept_booking = book(&mut connection, "A2");
    let at = connection.read("/v1/holds/none").unwrap().position();
    let lost_hold = hold(&mut connection, "A3");
    let (_, lost_booking) = book(&mut connection, "A4");
    server.stop();
    Sold {
        kept_hold,
        kept_booking,
        at,
        lost_hold,
        lost_booking,
    }
}

fn cut(data: &Path, at: u64, more: &[&str]) -> crate::process::Ended {
    let at = at.to_string();
    let mut args = vec!["journal", "accept-loss", arg(data), "--at", &at];
    args.extend(more);
    run(&args)
}

#[test]
fn what_a_lost_buyer_has_opens_nothing_of_the_next_one_after_a_cut() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let sold = sell(&data);
    let ended = cut(&data, sold.at, &["--force"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // A second start has the same secret as the first one after the cut.
    Server::start(&data, &[]).stop();
    assert!(!data.join("house.secret.renew").exists());
    let server = Server::start(&data, &[]);
    let mut connection = server.connect();
    check_lost_numbers(&mut connection, &sold.lost_hold, &sold.lost_booking);
    let (path, booking) = &sold.kept_booking;
    assert_eq!(connection.read(path).unwrap().json(), *booking);
    let kept = &sold.kept_hold;
    assert_eq!(
        redeem(&mut connection, &kept["hold"], &kept["token"]),
        201,
        "what was kept is still its buyer's right"
    );
    server.stop();
    succeed(&["journal", "verify", arg(&data)]);
    let exported = succeed(&["journal", "export", arg(&data)]).stdout;
    assert!(
        exported.contains(kept["hold"].as_str().unwrap())
            && !exported.contains(sold.lost_hold["hold"].as_str().unwrap()),
        "{exported}"
    );
}

#[test]
fn what_a_house_gave_after_its_backup_opens_nothing_of_a_restored_one() {
    let scratch = Scratch::new();
    let (data, copy) = (scratch.path("house"), scratch.path("backup"));
    let server = Server::start(&data, &[]);
    let mut connection = server.connect();
    put_show(&mut connection);
    let kept = hold(&mut connection, "A1");
    succeed(&["backup", "--data", arg(&data), arg(&copy)]);
    let (lost_hold, lost_booking) = (hold(&mut connection, "A3"), book(&mut connection, "A4").1);
    server.stop();
    // A restored house, and the backup itself, served.
    let restored = scratch.path("restored");
    succeed(&["restore", arg(&copy), "--data", arg(&restored)]);
    for dir in [&restored, &copy] {
        let server = Server::start(dir, &[]);
        let mut connection = server.connect();
        check_lost_numbers(&mut connection, &lost_hold, &lost_booking);
        assert_eq!(redeem(&mut connection, &kept["hold"], &kept["token"]), 201);
        server.stop();
    }
}

#[test]
fn a_copy_without_its_secret_is_not_made() {
    let scratch = Scratch::new();
    let (data, copy) = (scratch.path("house"), scratch.path("backup"));
    sell(&data);
    fs::remove_file(data.join("house.secret")).unwrap();
    let refused = run(&["backup", "--data", arg(&data), arg(&copy)]);
    assert_eq!(refused.code, Some(DATA_DAMAGED), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("house.secret"),
        "{}",
        refused.stderr
    );
    assert!(!copy.exists());
}

fn refuses_to_cut(data: &Path, at: u64, because: &[&str]) {
    let before = contents(data);
    let refused = cut(data, at, &[]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    for text in because.iter().chain(&["nothing was changed", "--force"]) {
        assert!(refused.stderr.contains(text), "{text}: {}", refused.stderr);
    }
    assert!(contents(data) == before, "{}", refused.stderr);
}

#[test]
fn a_cut_gives_up_nothing_that_is_intact_unless_it_is_forced() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let at = sell(&data).at;
    let stat = succeed(&["journal", "stat", arg(&data)]).stdout;
    let tail: u64 = stat.split_whitespace().nth(1).unwrap().parse().unwrap();
    let lost = format!("the {} entries from {} to {tail}", tail - at, at + 1);
    refuses_to_cut(&data, at, &["is intact", &lost]);
    refuses_to_cut(&data, tail, &["is intact", "none of them"]);
    // With damage beside the entries, all of them can be kept.
    let good = contents(&data);
    fs::remove_file(data.join("snapshots/manifest")).unwrap();
    refuses_to_cut(&data, at, &[&format!("--at {tail}"), &lost]);
    let kept = cut(&data, tail, &[]);
    assert_eq!(kept.code, Some(0), "{}", kept.stderr);
    Server::start(&data, &[]).stop();
    crate::process::write_contents(&data, &good);
    let forced = cut(&data, at, &["--force"]);
    assert_eq!(forced.code, Some(0), "{}", forced.stderr);
    assert!(
        forced.stderr.contains(&format!("ends at entry {at} now")),
        "{}",
        forced.stderr
    );
}

#[test]
fn what_is_no_house_is_called_so_and_stays_as_it_is() {
    let scratch = Scratch::new();
    let (absent, empty) = (scratch.path("absent"), scratch.path("empty"));
    let (other, copy) = (scratch.path("other"), scratch.path("copy"));
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&other).unwrap();
    fs::write(other.join("hostname"), b"box").unwrap();
    for dir in [&absent, &empty, &other] {
        let before = dir.exists().then(|| contents(dir));
        for command in [
            &["journal", "verify", arg(dir)][..],
            &["journal", "stat", arg(dir)],
            &["journal", "export", arg(dir)],
            &["journal", "accept-loss", arg(dir), "--at", "0"],
            &["backup", "--data", arg(dir), arg(&copy)],
            &["restore", arg(dir), "--data", arg(&copy)],
            &["key", "list", "--data", arg(dir)],
            &["key", "revoke", "1", "--data", arg(dir)],
        ] {
            let refused = run(command);
            assert_eq!(refused.code, Some(2), "{command:?}: {}", refused.stderr);
            assert_eq!(refused.stdout, "", "{command:?}");
            let said = format!("there is no house in {}", dir.display());
            assert!(refused.stderr.contains(&said), "{}", refused.stderr);
        }
        assert_eq!(dir.exists().then(|| contents(dir)), before);
    }
    assert!(!copy.exists());
}

#[test]
fn stat_tells_that_acknowledged_entries_are_missing() {
    let scratch = Scratch::new();
    let data = scratch.path("house");
    let server = Server::start(&data, &[]);
    put_show(&mut server.connect());
    server.kill();
    let mut files: Contents = contents(&data);
    files.remove("journal.db-wal");
    files.remove("journal.db-shm");
    crate::process::write_contents(&data, &files);
    let stat = run(&["journal", "stat", arg(&data)]);
    assert_eq!(stat.code, Some(DATA_DAMAGED), "{}", stat.stderr);
    assert!(stat.stdout.contains("tail mark"), "{}", stat.stdout);
    assert!(stat.stderr.contains("are missing"), "{}", stat.stderr);
}

#[test]
fn a_house_whose_keys_are_gone_is_not_served_openly() {
    let scratch = Scratch::new();
    let (data, copy) = (scratch.path("house"), scratch.path("backup"));
    succeed(&[
        "key",
        "create",
        "till",
        "--role",
        "seller",
        "--data",
        arg(&data),
    ]);
    Server::start(&data, &[]).stop();
    succeed(&["backup", "--data", arg(&data), arg(&copy)]);
    for dir in [&data, &copy] {
        fs::remove_file(dir.join("keys.json")).unwrap();
        let before = contents(dir);
        let refused = Server::try_start(dir, &[]).expect_err("the keys are gone");
        assert_eq!(refused.code, Some(DATA_DAMAGED), "{}", refused.stderr);
        assert!(refused.stderr.contains("keys.json"), "{}", refused.stderr);
        let listed = run(&["key", "list", "--data", arg(dir)]);
        assert_eq!(listed.code, Some(DATA_DAMAGED), "{}", listed.stderr);
        assert!(contents(dir) == before);
    }
}
