//! Damages every file of a house that was killed under load: the real process either refuses to
//! start, names the file and changes nothing, or serves with all that it acknowledged.
//!
//! What is damaged is chosen by a seed. A test run tries a few cases for each file, a full one
//! (`cargo xtask test --full`) many.

use std::path::Path;
use std::sync::{Mutex, OnceLock};

use serde_json::json;

use crate::http::Connection;
use crate::process::{Contents, Server, arg, contents, run, succeed, write_contents};
use crate::random::Random;

const SEED: u64 = 0x000D_A3A6;
/// Random flips, zeroed ranges and cuts of each file.
const RANDOM_PER_FILE: usize = if IS_FULL { 40 } else { 2 };
/// Cases beside the deletions that are tried.
const CASES_MAX: usize = if IS_FULL { usize::MAX } else { 48 };
const IS_FULL: bool = option_env!("BOXOFFICE_TEST_FULL").is_some();
const BOOKINGS: usize = 120;
const THREADS: usize = 3;
/// The exit code that says that stored data is damaged.
const DATA_DAMAGED: i32 = 65;

/// What is done to one file or directory.
#[derive(Clone, Debug)]
enum Damage {
    Delete,
    Flip { offset: usize, bit: usize },
    Zero { offset: usize, bytes: usize },
    Cut { bytes: usize },
    Grow { bytes: usize },
}

impl Damage {
    fn apply(&self, files: &mut Contents, name: &str) {
        let file = files.get_mut(name).expect("the file is there");
        match *self {
            Self::Delete => {
                let is_dir = name.ends_with('/');
                files.retain(|other, _| other != name && !(is_dir && other.starts_with(name)));
            }
            Self::Flip { offset, bit } => file[offset] ^= 1 << bit,
            Self::Zero { offset, bytes } => {
                let end = (offset + bytes).min(file.len());
                file[offset..end].fill(0);
            }
            Self::Cut { bytes } => file.truncate(bytes),
            Self::Grow { bytes } => file.extend(std::iter::repeat_n(0xA5, bytes)),
        }
    }
}

fn cases(random: &mut Random, files: &Contents) -> Vec<(String, Damage)> {
    let mut all: Vec<_> = files
        .keys()
        .map(|name| (name.clone(), Damage::Delete))
        .collect();
    let n_deletions = all.len();
    for (name, content) in files {
        let mut add = |damage| all.push((name.clone(), damage));
        let bytes = content.len();
        if bytes == 0 {
            continue;
        }
        add(Damage::Cut { bytes: 0 });
        add(Damage::Cut { bytes: bytes - 1 });
        add(Damage::Grow { bytes: 37 });
        for _ in 0..RANDOM_PER_FILE {
            // Headers are where the first bytes are, and are worth a flip of their own.
            add(Damage::Flip {
                offset: random.below(bytes.min(128)),
                bit: random.below(8),
            });
            add(Damage::Flip {
                offset: random.below(bytes),
                bit: random.below(8),
            });
            add(Damage::Zero {
                offset: random.below(bytes),
                bytes: 1 + random.below(9_000),
            });
            add(Damage::Cut {
                bytes: random.below(bytes),
            });
        }
    }
    let mut sample = all.split_off(n_deletions);
    while !sample.is_empty() && all.len() < n_deletions.saturating_add(CASES_MAX) {
        all.push(sample.swap_remove(random.below(sample.len())));
    }
    all
}

/// A house that was killed, and what it had acknowledged.
struct Killed {
    files: Contents,
    key: String,
    /// Paths and what they must answer.
    acknowledged: Vec<(String, Vec<u8>)>,
}

/// The house of all these tests.
fn killed() -> &'static Killed {
    static KILLED: OnceLock<Killed> = OnceLock::new();
    KILLED.get_or_init(|| build(&tempfile::tempdir().unwrap().path().join("house")))
}

fn build(dir: &Path) -> Killed {
    let made = succeed(&[
        "key",
        "create",
        "seller",
        "--role",
        "admin",
        "--data",
        arg(dir),
    ]);
    let key = made.stdout.trim().to_owned();
    let mut server = Server::start(dir, &["--snapshot-every-entries", "40"]);
    let mut connection = server.connect().with_key(&key);
    let rows: Vec<_> = (0..10)
        .map(|row| json!({"row": row.to_string(), "seats": 20}))
        .collect();
    let sections = json!([{"id": "stalls", "price": 100, "rows": rows}]);
    let show = json!({"name": "Night", "currency": "EUR", "sections": sections}).to_string();
    assert_eq!(
        connection
            .ask("PUT", "/v1/shows/night", &show)
            .unwrap()
            .status,
        201
    );
    let mut acknowledged = Vec::new();
    for n in 0..BOOKINGS {
        // Two snapshots, and entries that are in none.
        if n == 50 || n == 100 {
            assert!(server.wait_for("a snapshot was written"), "{}", server.said);
        }
        let body = json!({"buyer": format!("b-{n}"), "show": "night", "best": {"quantity": 1}});
        let made = connection
            .ask("POST", "/v1/bookings", &body.to_string())
            .unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        let path = made
            .header("location")
            .expect("a booking has a place")
            .to_owned();
        acknowledged.push((path, made.body));
    }
    server.kill();
    let files = contents(dir);
    Killed {
        files,
        key,
        acknowledged,
    }
}

/// Starts the process on a damaged copy; whether it refused.
fn start_damaged(killed: &Killed, dir: &Path, name: &str, damage: &Damage) -> bool {
    let mut files = killed.files.clone();
    damage.apply(&mut files, name);
    write_contents(dir, &files);
    let case = format!("{name} {damage:?}");
    match Server::try_start(dir, &[]) {
        Err(ended) => {
            assert_eq!(ended.code, Some(DATA_DAMAGED), "{case}: {}", ended.stderr);
            // What the log and the directory of snapshots lack shows in their neighbours.
            let named = match name {
                "journal.db-wal" | "journal.db-shm" => "journal.db",
                other => other.trim_end_matches('/'),
            };
            assert!(ended.stderr.contains(named), "{case}: {}", ended.stderr);
            check_unchanged(dir, &files, &case);
            true
        }
        Ok(server) => {
            let connection = Connection::open(server.address()).unwrap();
            let mut connection = connection.with_key(&killed.key);
            for (path, body) in &killed.acknowledged {
                let answer = connection.read(path).unwrap();
                assert_eq!(answer.status, 200, "LOST: {case}: {path}: {answer:?}");
                assert!(answer.body == *body, "CHANGED: {case}: {path}: {answer:?}");
            }
            server.kill();
            let verified = run(&["journal", "verify", arg(dir)]);
            assert_eq!(
                verified.code,
                Some(0),
                "{case}: goes on, but: {}",
                verified.stderr
            );
            false
        }
    }
}

fn check_unchanged(dir: &Path, files: &Contents, case: &str) {
    let after = contents(dir);
    let changed: Vec<_> = files
        .iter()
        .filter(|(name, b)| after.get(*name) != Some(b))
        .collect();
    let changed: Vec<_> = changed.into_iter().map(|(name, _)| name).collect();
    let made: Vec<_> = after
        .keys()
        .filter(|name| !files.contains_key(*name))
        .collect();
    assert!(
        changed.is_empty() && made.is_empty(),
        "{case}: changed {changed:?}, made {made:?}"
    );
}

#[test]
fn a_damaged_house_refuses_and_changes_nothing_or_serves_all_that_it_acknowledged() {
    let scratch = tempfile::tempdir().unwrap();
    let killed = killed();
    let mut random = Random::new(SEED);
    let cases = cases(&mut random, &killed.files);
    println!(
        "seed {SEED:#x}: {} cases on {:?}",
        cases.len(),
        killed.files.keys()
    );
    let n_cases = cases.len();
    let left = Mutex::new(cases);
    let refused: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let left = &left;
                let dir = scratch.path().join(format!("copy-{thread}"));
                scope.spawn(move || {
                    let next = || left.lock().expect("no case is half taken").pop();
                    let mut refused = 0;
                    while let Some((name, damage)) = next() {
                        refused += usize::from(start_damaged(killed, &dir, &name, &damage));
                    }
                    refused
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no case fails"))
            .sum()
    });
    println!("{refused} of {n_cases} starts were refused, the others lacked nothing");
    assert!(refused > n_cases / 3, "damage is noticed");
    assert!(
        refused < n_cases,
        "damage that affects nothing does not stop a house"
    );
}

/// What keeps the server from starting, the commands that read the house find too.
fn check_readers_refuse(house: &Path) {
    let before = contents(house);
    let target = house.with_file_name("copy");
    let commands: [&[&str]; 3] = [
        &["journal", "verify", arg(house)],
        &["journal", "stat", arg(house)],
        &["backup", "--data", arg(house), arg(&target)],
    ];
    for command in commands {
        let read = run(command);
        let said = format!("{command:?}: {}", read.stderr);
        assert_eq!(read.code, Some(DATA_DAMAGED), "{said}");
    }
    check_unchanged(house, &before, "reading what is damaged");
}

#[test]
fn a_loss_is_accepted_by_its_position_only_and_keeps_what_was_before_it() {
    let scratch = tempfile::tempdir().unwrap();
    let house = scratch.path().join("house");
    let killed = killed();
    let mut files = killed.files.clone();
    // The newest snapshot knows more than what is left: it must not stand in for the entries.
    let log = files.get_mut("journal.db-wal").unwrap();
    let used = log
        .iter()
        .rposition(|byte| *byte != 0)
        .expect("there are entries in the log");
    log.truncate(used / 2);
    write_contents(&house, &files);
    let refused = Server::try_start(&house, &[]).expect_err("half of the log is gone");
    assert_eq!(refused.code, Some(DATA_DAMAGED), "{}", refused.stderr);
    let (_, hint) = refused
        .stderr
        .split_once("journal accept-loss DIR --at ")
        .expect("it says the way on");
    let at: String = hint.chars().take_while(char::is_ascii_digit).collect();
    let at: usize = at.parse().unwrap();
    let before = contents(&house);
    check_readers_refuse(&house);
    let beyond = run(&["journal", "accept-loss", arg(&house), "--at", "1000000"]);
    assert_ne!(beyond.code, Some(0), "what is not there cannot be kept");
    check_unchanged(&house, &before, "accept-loss beyond the end");
    let cut = succeed(&[
        "journal",
        "accept-loss",
        arg(&house),
        "--at",
        &at.to_string(),
    ]);
    assert!(
        cut.stderr.contains(&format!("ends at entry {at} now")),
        "{}",
        cut.stderr
    );
    let server = Server::start(&house, &[]);
    let mut connection = server.connect().with_key(&killed.key);
    let statuses: Vec<_> = killed
        .acknowledged
        .iter()
        .map(|(path, _)| connection.read(path).unwrap().status)
        .collect();
    let kept = statuses.iter().take_while(|status| **status == 200).count();
    assert!(
        kept > 0 && kept < BOOKINGS,
        "a part is kept: {kept} of {BOOKINGS}, entries to {at}"
    );
    assert!(
        statuses[kept..].iter().all(|status| *status == 404),
        "no gap: {statuses:?}"
    );
    server.stop();
    succeed(&["journal", "verify", arg(&house)]);
}
