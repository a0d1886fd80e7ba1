//! The verdict of a race: each bug is found, and a right server is never accused.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use stampede_run::race::{
    Call, Outcome, Plan, Progress, RaceError, RaceResult, Release, Report, RequestEnd, ResourceEnd,
    numbered, run,
};
use stampede_run::text::Colour;
use stampede_run::wire::FailureKind;

use crate::server::{Reaction, Seen, Server};

pub(crate) const CLIENTS: u32 = 20;
const RESOURCES: usize = 4;

pub(crate) fn won() -> Reaction {
    Reaction::json(200, r#"{"message":"Seat booked successfully"}"#)
}

pub(crate) fn lost() -> Reaction {
    Reaction::json(
        409,
        r#"{"message":"Seat is already booked by another user"}"#,
    )
}

/// Grants each path once; `POST /free` frees everything. `bug` may react first: it gets the request
/// and how many came before it for the same path.
pub(crate) fn seats(
    bug: impl Fn(&Seen, u32) -> Option<Reaction> + Send + Sync + 'static,
) -> Server {
    let asked: Mutex<HashMap<String, u32>> = Mutex::default();
    Server::start(move |seen| {
        let mut asked = asked.lock().unwrap();
        if seen.path == "/free" {
            asked.clear();
            return Reaction::json(200, "{}");
        }
        let count = asked.entry(seen.path.clone()).or_default();
        *count += 1;
        bug(&seen, *count - 1).unwrap_or_else(|| if *count == 1 { won() } else { lost() })
    })
}

pub(crate) fn plan(server: &Server) -> Plan {
    let mut plan = Plan::new("POST", &server.url("/seats/{resource}"));
    plan.clients = CLIENTS;
    plan.resources = numbered(RESOURCES);
    plan.body = Some(r#"{"client":{client},"key":"{uuid}"}"#.to_owned());
    plan.timeout = Duration::from_secs(20);
    plan
}

pub(crate) fn raced(plan: &Plan) -> RaceResult {
    let result = run(plan, &Progress::default()).expect("the race takes place");
    let requests = &result.total.requests;
    assert_eq!(
        requests.all(),
        u64::from(plan.repeat) * plan.requests_per_race()
    );
    let by_status: u64 = result
        .total
        .statuses
        .iter()
        .map(|status| status.count)
        .sum();
    assert_eq!(by_status, requests.all());
    // The report must never fail, whatever the result is.
    let report = Report::new(&result, Colour::On).to_string();
    assert!(report.contains(&result.verdict.sentence[..20]));
    result
}

#[test]
fn a_right_server_passes_in_every_form_of_release() {
    let server = seats(|_, _| None);
    for release in [
        Release::Auto,
        Release::Burst,
        Release::Walk,
        Release::Rounds,
    ] {
        let mut plan = plan(&server);
        plan.release = release;
        plan.reset = Call::parse(&format!("POST {}", server.url("/free")), None);
        plan.repeat = 2;
        let result = raced(&plan);
        let verdict = &result.verdict;
        assert_eq!(
            (verdict.outcome, verdict.exit_code),
            (Outcome::Proven, 0),
            "{verdict:?}"
        );
        assert_eq!(
            (result.total.requests.won, result.total.requests.lost),
            (8, 152)
        );
        assert_eq!(result.total.resources.one_winner, 8);
        assert_eq!(result.latency.winners.count, 8);
        assert_eq!(result.latency.losers.count, 152);
        for race in &result.races {
            assert!(race.in_flight_max >= 2 && race.contention.max >= 2);
            assert!(race.sent_bytes > 80 * 100 && race.received_bytes > 80 * 60);
            assert!(race.release_spread_us > 0.0);
        }
    }
}

#[test]
fn one_instant_puts_every_request_in_flight_together() {
    let server = seats(|_, _| None);
    let mut plan = plan(&server);
    plan.release = Release::Burst;
    let result = raced(&plan);
    // Half of the clients are on each worker, which writes all of its requests before it reads.
    assert!(
        result.races[0].in_flight_max >= 40,
        "{}",
        result.races[0].in_flight_max
    );
}

#[test]
fn a_double_grant_is_found_and_told_with_its_winners() {
    let server = seats(|seen, before| (seen.path == "/seats/3" && before == 7).then(won));
    let result = raced(&plan(&server));
    assert_eq!(
        (result.verdict.outcome, result.verdict.exit_code),
        (Outcome::Violated, 99)
    );
    assert_eq!(result.total.double_wins, 1);
    let doubled = &result.races[0].resources[2];
    assert_eq!(
        (doubled.end, doubled.wins.len()),
        (ResourceEnd::SeveralWinners, 2)
    );
    assert!(
        doubled
            .wins
            .iter()
            .all(|win| win.body.as_deref().unwrap().contains("booked"))
    );
    let report = Report::new(&result, Colour::Off).to_string();
    assert!(report.contains("Resource 3 was won 2 times"), "{report}");
    for win in &doubled.wins {
        assert!(result.verdict.sentence.contains(&win.client.to_string()));
    }
}

#[test]
fn a_double_grant_is_a_failure_even_among_unknown_outcomes() {
    let server = seats(|_, before| match before {
        0 | 1 => Some(won()),
        2 => Some(Reaction::Hang),
        _ => Some(Reaction::json(500, "")),
    });
    assert_eq!(raced(&plan(&server)).verdict.exit_code, 99);
}

#[test]
fn an_outcome_that_nobody_knows_leaves_the_resource_undecided() {
    for (reaction, end) in [
        (Reaction::Hang, RequestEnd::Unanswered),
        (Reaction::json(500, "{}"), RequestEnd::SystemError),
        (Reaction::ComeBack(1), RequestEnd::SystemError),
        (Reaction::json(429, "{}"), RequestEnd::Unexpected),
        (Reaction::json(202, "{}"), RequestEnd::Unexpected),
    ] {
        let said = format!("{reaction:?}");
        let server = seats(move |seen, before| {
            (seen.path == "/seats/2" && before == 5).then(|| reaction.clone())
        });
        let result = raced(&plan(&server));
        assert_eq!(
            (result.verdict.outcome, result.verdict.exit_code),
            (Outcome::Undecided, 120)
        );
        assert_eq!(
            result.races[0].resources[1].end,
            ResourceEnd::Undecided,
            "{said}"
        );
        assert_eq!(result.total.resources.one_winner, 3, "{said}");
        let n_such = result.races[0]
            .listed
            .iter()
            .filter(|request| request.end == end)
            .count();
        assert_eq!(n_such, 1, "{said}");
        assert_eq!(
            result.verdict.findings.len(),
            1,
            "{:?}",
            result.verdict.findings
        );
    }
}

#[test]
fn a_status_that_the_user_explains_decides() {
    let server = seats(|_, before| (before > 0).then(|| Reaction::json(503, "{}")));
    let mut plan = plan(&server);
    assert_eq!(raced(&plan).verdict.exit_code, 120);
    plan.lost = "5xx".parse().unwrap();
    plan.resources = vec!["a".into(), "b".into()];
    assert_eq!(raced(&plan).verdict.exit_code, 0);
}

#[test]
fn a_silent_server_is_no_answer_within_the_timeout() {
    let server = seats(|_, before| (before > 0).then_some(Reaction::Silence));
    let mut plan = plan(&server);
    plan.timeout = Duration::from_millis(300);
    let result = raced(&plan);
    assert_eq!(result.verdict.exit_code, 120);
    assert_eq!(result.total.requests.unanswered, 76);
    let failures = result.races[0]
        .listed
        .iter()
        .filter_map(|request| request.failure);
    assert!(
        failures
            .clone()
            .all(|failure| failure == FailureKind::Timeout)
    );
    assert_eq!(failures.count(), 76);
}

#[test]
fn bytes_that_are_not_http_are_no_answer() {
    for (bytes, kind) in [
        (&b"SSH-2.0-OpenSSH_9.9\r\n"[..], FailureKind::NotHttp),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
            FailureKind::Closed,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Len", FailureKind::Closed),
        (b"", FailureKind::Closed),
    ] {
        let server = Server::start_raw(bytes);
        let result = raced(&plan(&server));
        assert_eq!(result.verdict.exit_code, 120);
        assert_eq!(result.total.requests.unanswered, 80);
        for request in &result.races[0].listed {
            // A server that closes with unread bytes resets the connection.
            let failure = request.failure.unwrap();
            assert!(
                failure == kind || failure == FailureKind::Broken,
                "{failure:?}"
            );
        }
    }
}

#[test]
fn a_second_race_without_a_reset_proves_nothing() {
    let server = seats(|_, _| None);
    let mut plan = plan(&server);
    plan.repeat = 2;
    let result = raced(&plan);
    assert_eq!(result.verdict.exit_code, 120);
    assert_eq!(
        (
            result.total.resources.one_winner,
            result.total.resources.no_winner
        ),
        (4, 4)
    );
}

#[test]
fn a_missed_threshold_fails_and_a_kept_one_does_not() {
    let server = seats(|_, _| None);
    let mut plan = plan(&server);
    plan.p95_max = Some(Duration::from_secs(20));
    let result = raced(&plan);
    assert_eq!(result.verdict.exit_code, 0);
    assert!(result.p95.unwrap().is_met);
    plan.p95_max = Some(Duration::from_nanos(1));
    plan.reset = Call::parse(&format!("POST {}", server.url("/free")), None);
    let result = raced(&plan);
    assert_eq!(
        (result.verdict.outcome, result.verdict.exit_code),
        (Outcome::TooSlow, 99)
    );
}

#[test]
fn places_are_filled_in_url_body_and_headers() {
    let seen: &'static Mutex<Vec<Seen>> = Box::leak(Box::default());
    let server = seats(|one, _| {
        seen.lock().unwrap().push(one.clone());
        None
    });
    let mut plan = plan(&server);
    plan.resources = vec!["A 1".into(), "B/2".into()];
    plan.headers = vec![("Authorization".into(), "Bearer {client}-{uuid}".into())];
    assert_eq!(raced(&plan).verdict.exit_code, 0);
    let seen = seen.lock().unwrap();
    let mut keys: Vec<String> = Vec::new();
    for one in seen.iter() {
        assert!(
            one.path == "/seats/A%201" || one.path == "/seats/B%2F2",
            "{}",
            one.path
        );
        let body: serde_json::Value = serde_json::from_str(&one.body).unwrap();
        let key = body["key"].as_str().unwrap().to_owned();
        assert_eq!(
            one.headers["authorization"],
            format!("Bearer {}-{key}", body["client"])
        );
        assert_eq!(one.headers["content-type"], "application/json");
        keys.push(key);
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 40, "every request has its own uuid");
}

#[test]
fn a_race_that_cannot_start_says_why() {
    let plan = |url: &str| Plan::new("POST", url);
    // A port that was just free; nothing listens there.
    let unused = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = run(&plan(&format!("http://{unused}/")), &Progress::default()).unwrap_err();
    assert!(matches!(error, RaceError::Open(_)), "{error}");
    let error = run(&plan("http://no-such-host.invalid/"), &Progress::default()).unwrap_err();
    assert!(matches!(error, RaceError::Target(_)), "{error}");
    let error = run(&plan("ftp://h/"), &Progress::default()).unwrap_err();
    assert!(matches!(error, RaceError::Plan(_)), "{error}");
}

#[test]
fn a_result_survives_being_written_and_read() {
    let server = seats(|_, before| (before == 3).then_some(Reaction::Hang));
    let result = raced(&plan(&server));
    let json = serde_json::to_string(&result).unwrap();
    let read: RaceResult = serde_json::from_str(&json).unwrap();
    let report = |result| Report::new(result, Colour::Off).to_string();
    assert_eq!(report(&read), report(&result));
}
