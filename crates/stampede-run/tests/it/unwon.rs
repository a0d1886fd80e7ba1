//! What is said and done when nobody won: only what the server said, and no further claim.

use std::sync::Mutex;

use stampede_run::race::{Call, Progress, RaceResult, Report, run};
use stampede_run::text::Colour;

use crate::race::{CLIENTS, lost, plan, raced, seats, won};
use crate::server::{Reaction, Server};

/// A server where nobody wins, that counts what it is asked; `GET` is answered with `looked`.
fn refuses(looked: &'static str, refusal: &'static str) -> (Server, &'static Mutex<Vec<String>>) {
    let seen: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let server = Server::start(move |one| {
        seen.lock()
            .unwrap()
            .push(format!("{} {}", one.method, one.path));
        match one.method.as_str() {
            "GET" => Reaction::json(200, looked),
            _ if one.path.starts_with("/free") => {
                Reaction::json(404, r#"{"message":"no booking"}"#)
            }
            _ => Reaction::json(409, refusal),
        }
    });
    (server, seen)
}

fn reason(result: &RaceResult) -> &str {
    let reason = result.races[0].resources[0].reason.as_deref();
    reason.expect("the first resource without a winner is looked into")
}

#[test]
fn a_look_that_says_when_it_was_taken_is_told_and_nothing_is_claimed() {
    let (server, seen) = refuses(
        r#"{"history":[{"at":"2026-01-02T03:04:05.000Z","event":"booking.made"}]}"#,
        r#"{"message":"Seat is already booked by another user"}"#,
    );
    let mut plan = plan(&server);
    plan.resources = vec!["10".into()];
    plan.url = server.url("/api/book-seat/{resource}");
    plan.why = Call::parse(&format!("GET {}", server.url("/history/{resource}")), None);
    let result = raced(&plan);
    assert_eq!(
        (result.verdict.exit_code, result.total.resources.no_winner),
        (120, 1)
    );
    let reason = reason(&result);
    assert!(
        reason.starts_with(
            "resource 10 was already booked at 2026-01-02T03:04:05.000Z (says GET http://"
        ),
        "{reason}"
    );
    assert!(
        reason.contains(
            "the server refused all 20 requests: 409 Seat is already booked by another user"
        ),
        "{reason}"
    );
    assert!(result.races[0].resources[0].said_taken);
    let findings = result.verdict.findings.join("\n");
    assert!(
        findings.contains("/api/cancel-booking/' --reset-body same"),
        "{findings}"
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 21, "20 requests and one look");
    assert_eq!(seen[20], "GET /history/10");
}

#[test]
fn a_cause_that_nobody_said_is_not_told() {
    let closed = r#"{"detail":"The show is closed"}"#;
    let (server, seen) = refuses("{}", closed);
    let mut plan = plan(&server);
    plan.resources = vec!["7".into()];
    let result = raced(&plan);
    assert_eq!(
        reason(&result),
        "nobody won resource 7; the server refused all 20 requests: 409 The show is closed"
    );
    let findings = result.verdict.findings.join("\n");
    assert!(!findings.contains("taken"), "{findings}");
    assert!(!findings.contains("--reset"), "{findings}");
    assert_eq!(seen.lock().unwrap().len(), 20, "no further claim");
    // A look that shows it free, or another resource, does not make it taken either.
    plan.why = Call::parse(&format!("GET {}", server.url("/seat/{resource}")), None);
    let result = raced(&plan);
    assert!(!result.races[0].resources[0].said_taken);
    assert!(reason(&result).ends_with(&format!("GET {} says 200 {{}}", server.url("/seat/7"))));
}

#[test]
fn one_refusal_of_another_kind_keeps_the_cause_open() {
    let server = seats(|_, before| {
        let closed = || Reaction::json(409, r#"{"detail":"The show is closed"}"#);
        Some(if before == 0 { closed() } else { lost() })
    });
    let result = raced(&plan(&server));
    let resource = &result.races[0].resources[0];
    assert!(!resource.said_taken);
    assert_eq!(resource.refusals[0].messages, 2);
    assert!(reason(&result).starts_with("nobody won resource 1; "));
    let lost = seats(|_, _| Some(lost()));
    let result = raced(&plan(&lost));
    assert!(result.races[0].resources.iter().all(|one| one.said_taken));
    assert!(reason(&result).starts_with("resource 1 was already booked, as the server says; "));
}

#[test]
fn only_with_a_reset_is_the_resource_claimed_again_and_freed_after() {
    let (server, seen) = refuses("{}", r#"{"message":"try later"}"#);
    let mut plan = plan(&server);
    plan.resources = vec!["7".into()];
    plan.reset = Call::parse(&format!("DELETE {}", server.url("/free/{resource}")), None);
    let result = raced(&plan);
    assert!(
        reason(&result).ends_with(
            "one more request after the race, alone, was refused too (409 try later); the reset \
             after it was answered 404 no booking"
        ),
        "{}",
        reason(&result)
    );
    let mut expected = vec!["DELETE /free/7".to_owned()];
    expected.extend(vec!["POST /seats/7".to_owned(); 21]);
    expected.push("DELETE /free/7".to_owned());
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn a_resource_that_is_free_when_asked_for_alone_is_told_apart() {
    let server = seats(|seen, before| {
        let is_reset = seen.path.starts_with("/unbooked");
        let is_lost = !is_reset && before < CLIENTS;
        Some(if is_lost { lost() } else { won() })
    });
    let mut plan = plan(&server);
    plan.reset = Call::parse(
        &format!("POST {}", server.url("/unbooked/{resource}")),
        None,
    );
    let result = raced(&plan);
    assert_eq!(result.verdict.exit_code, 120);
    assert!(
        reason(&result).contains("one more request after the race, alone, got it (200)"),
        "{}",
        reason(&result)
    );
    assert!(!result.races[0].resources[0].said_taken);
}

#[test]
fn what_the_resets_were_answered_is_always_told() {
    let (server, _) = refuses("{}", r#"{"message":"already booked"}"#);
    let mut plan = plan(&server);
    plan.reset = Call::parse(&format!("DELETE {}", server.url("/free/{resource}")), None);
    let result = raced(&plan);
    let [only] = &result.total.resets[..] else {
        panic!("one status: {:?}", result.total.resets)
    };
    assert_eq!((only.status, only.count), (Some(404), 4));
    let report = Report::new(&result, Colour::Off).to_string();
    for part in [
        "Resets before the race",
        "404 nothing to free",
        "no booking",
        "2xx reset",
    ] {
        assert!(report.contains(part), "{part} is missing in:\n{report}");
    }
    let findings = result.verdict.findings.join("\n");
    assert!(
        findings.contains("Every reset was answered 404 no booking"),
        "{findings}"
    );
    assert!(findings.contains("did not free it"), "{findings}");
    let json = serde_json::to_value(&result).unwrap();
    assert_eq!(json["total"]["resets"][0]["status"], 404);
    assert_eq!(
        json["setup"]["reset"],
        format!("DELETE {}", server.url("/free/{resource}"))
    );
}

#[test]
fn a_race_whose_reset_is_refused_or_unanswered_does_not_begin() {
    for (reaction, said) in [
        (
            Reaction::json(400, r#"{"message":"seat_id is required"}"#),
            "400 seat_id is required",
        ),
        (Reaction::json(405, ""), "answered 405. "),
        (Reaction::json(500, "{}"), "answered 500. "),
        (Reaction::Hang, "no answer"),
    ] {
        let claims: &'static Mutex<u32> = Box::leak(Box::default());
        let server = Server::start(move |seen| {
            if seen.path == "/free" {
                return reaction.clone();
            }
            *claims.lock().unwrap() += 1;
            won()
        });
        let mut plan = plan(&server);
        plan.reset = Call::parse(&format!("POST {}", server.url("/free")), None);
        let error = run(&plan, &Progress::default()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(*claims.lock().unwrap(), 0, "{said}");
    }
}
