//! Kills the real process (SIGKILL) under load, again and again, and holds what it says after the
//! restart against every answer that it ever acknowledged: 0 lost, 0 doubled.
//!
//! All cycles share one data directory, so snapshots, checkpoints and recoveries of recoveries take
//! part. A test run makes 10 cycles, a full one (`cargo xtask test --full`, which sets
//! `BOXOFFICE_TEST_FULL` at compile time) 50. For more: `BOXOFFICE_CRASH_CYCLES=500 cargo test -p
//! boxoffice --test it crash`. `BOXOFFICE_CRASH_SEED` repeats the choices of a run.

use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::judge;
use crate::load::{Client, Repeated, Until};
use crate::process::{Server, arg, succeed};
use crate::random::Random;

const CYCLES: usize = if option_env!("BOXOFFICE_TEST_FULL").is_some() {
    50
} else {
    10
};
const SEED: usize = 20_261_120;
const CLIENTS: usize = 6;
/// Answers after which the process is killed.
const ANSWERS_MIN: usize = 20;
const ANSWERS_MAX: usize = 600;
/// Every so often the process lives long enough to write a snapshot, which takes it a second.
const SNAPSHOT_EVERY_CYCLES: usize = 4;
/// Older requests that each client repeats after each crash; after the last one it repeats all.
const OLDER: usize = 60;
/// How long a load may take to get its answers before the test fails.
const LOAD_WAIT: Duration = Duration::from_secs(120);

/// Few entries between snapshots, and refusals that are kept for as long as the test may take.
const ARGS: [&str; 4] = [
    "--snapshot-every-entries",
    "100",
    "--set",
    "key-retention-refused=24h",
];

#[expect(
    clippy::disallowed_methods,
    reason = "the length of a run is chosen by whoever starts the tests; there is no main to ask"
)]
fn chosen(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a whole number"))
}

#[test]
fn a_killed_server_has_lost_and_doubled_nothing_that_it_acknowledged() {
    let cycles = chosen("BOXOFFICE_CRASH_CYCLES", CYCLES);
    let seed = chosen("BOXOFFICE_CRASH_SEED", SEED);
    println!("BOXOFFICE_CRASH_CYCLES={cycles} BOXOFFICE_CRASH_SEED={seed}");
    let mut random = Random::new(seed as u64);
    let scratch = tempfile::tempdir().unwrap();
    let house = scratch.path().join("house");
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            Client::new(
                format!("buyer-{n}"),
                Random::new(random.below(1 << 30) as u64),
            )
        })
        .collect();
    let mut server = Server::start(&house, &ARGS);
    judge::set_up(&mut server.connect());
    let mut found = Repeated::default();
    for cycle in 1..=cycles {
        let enough = ANSWERS_MIN + random.below(ANSWERS_MAX - ANSWERS_MIN);
        load_and_kill(
            server,
            &mut clients,
            enough,
            cycle % SNAPSHOT_EVERY_CYCLES == 0,
        );
        if random.below(3) == 0 {
            kill_while_it_starts(&house, &mut random);
        }
        if cycle == cycles {
            // What a killed server leaves is whole as it lies there.
            succeed(&["journal", "verify", arg(&house)]);
        }
        server = Server::start(&house, &ARGS);
        repeat(&server, &mut clients, Some(OLDER), &mut found);
        judge::check(server.address(), &clients);
    }
    repeat(&server, &mut clients, None, &mut found);
    judge::check(server.address(), &clients);
    server.stop();
    succeed(&["journal", "verify", arg(&house)]);
    let acknowledged: usize = clients.iter().map(Client::acknowledged).sum();
    println!("{cycles} crashes, {acknowledged} answers acknowledged, 0 lost, 0 doubled; {found:?}");
    assert!(
        acknowledged >= cycles * ANSWERS_MIN,
        "the house was under load"
    );
    assert!(
        found.had_happened + found.happened_now > 0,
        "answers were under way when it died"
    );
}

/// Lets all clients ask until there are enough answers, and perhaps a snapshot, and kills the
/// server in the middle of it.
fn load_and_kill(mut server: Server, clients: &mut [Client], enough: usize, snapshot: bool) {
    let address = server.address();
    let (tell, told) = channel();
    let until = Until {
        acknowledged: AtomicUsize::new(0),
        enough,
        tell,
    };
    std::thread::scope(|scope| {
        for client in clients {
            let until = &until;
            scope.spawn(move || client.run(address, until));
        }
        told.recv_timeout(LOAD_WAIT)
            .expect("the clients get their answers");
        if snapshot {
            assert!(server.wait_for("a snapshot was written"), "{}", server.said);
        }
        server.kill();
    });
}

/// A crash in the middle of a recovery is a crash, too.
fn kill_while_it_starts(house: &Path, random: &mut Random) {
    let mut server = Server::spawn(house, &ARGS);
    let line = ["", "the house is recovered", "serving http"][random.below(3)];
    if !line.is_empty() {
        assert!(server.wait_for(line), "it does not start:\n{}", server.said);
    }
    server.kill();
}

fn repeat(server: &Server, clients: &mut [Client], older: Option<usize>, found: &mut Repeated) {
    let address = server.address();
    let repeated: Vec<Repeated> = std::thread::scope(|scope| {
        let ask = |client| scope.spawn(move || Client::repeat(client, address, older));
        let asked: Vec<_> = clients.iter_mut().map(ask).collect();
        asked
            .into_iter()
            .map(|thread| thread.join().expect("nothing is lost"))
            .collect()
    });
    for part in repeated {
        found.same += part.same;
        found.had_happened += part.had_happened;
        found.happened_now += part.happened_now;
    }
}

#[test]
fn the_judge_sees_entries_that_are_gone() {
    println!("the next panics are what this test waits for: the judge noticing a loss");
    let scratch = tempfile::tempdir().unwrap();
    let house = scratch.path().join("house");
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|n| Client::new(format!("buyer-{n}"), Random::new(n as u64)))
        .collect();
    let server = Server::start(&house, &ARGS);
    judge::set_up(&mut server.connect());
    load_and_kill(server, &mut clients, 200, false);
    let server = Server::start(&house, &ARGS);
    repeat(&server, &mut clients, Some(0), &mut Repeated::default());
    // Everything behind this position is lost, and with it a few acknowledged answers. Counting
    // entries back from the end would not do: they may all be expiries, which nobody was told of.
    let kept = server.connect().read("/v1/holds/none").unwrap().position();
    load_and_kill(server, &mut clients, ANSWERS_MIN, false);
    let kept = kept.to_string();
    let cut = ["journal", "accept-loss", arg(&house), "--at", &kept];
    succeed(&[&cut[..], &["--force"]].concat());
    let server = Server::start(&house, &ARGS);
    let address = server.address();
    let noticed = std::thread::scope(|scope| {
        let repeat = |client| scope.spawn(move || Client::repeat(client, address, None));
        let asked: Vec<_> = clients.iter_mut().map(repeat).collect();
        asked
            .into_iter()
            .map(|thread| thread.join().is_err())
            .filter(|noticed| *noticed)
            .count()
    });
    assert!(
        noticed > 0,
        "acknowledged answers are gone and nobody notices"
    );
}
