//! Finds out why a resource had no winner: asks again, alone, and looks where the plan says.
//!
//! Asking again is one more request like those of the race; if it is granted, the resource is taken
//! afterwards, and the reason says so.

use serde_json::Value;

use super::RequestWriter;
use super::calls::Caller;
use super::judge::request_end;
use super::message::{one_line, server_message};
use super::outcome::{Race, RequestEnd, ResourceEnd, ResourceResult};
use super::plan::Plan;
use super::template::Uuids;
use crate::wire::Target;

/// Resources without a winner that are looked into; the others are likely to be alike.
const RESOURCES_EXPLAINED_MAX: usize = 3;

/// Members of an answer that say since when something is taken, the best first.
const TIME_MEMBERS: [&str; 10] = [
    "booked_at",
    "bookedAt",
    "taken_at",
    "held_at",
    "created_at",
    "createdAt",
    "at",
    "since",
    "time",
    "timestamp",
];

/// Fills in the reasons of the first resources that nobody won.
pub(super) async fn explain(plan: &Plan, target: &Target, uuids: &mut Uuids, race: &mut Race) {
    let writer = RequestWriter::new(plan);
    let mut caller = Caller::to(target.clone(), plan.timeout);
    let unexplained = race
        .resources
        .iter_mut()
        .enumerate()
        .filter(|(_, resource)| resource.end == ResourceEnd::NoWinner)
        .take(RESOURCES_EXPLAINED_MAX);
    for (resource_idx, resource) in unexplained {
        let request = writer.prepare(target, resource_idx, 0, uuids);
        let again = match caller.exchange(&request.bytes, request.is_head).await {
            Ok(answer) => Again::Answered(answer.status, server_message(&answer.body)),
            Err(reason) => Again::NoAnswer(reason),
        };
        let mut reason = again_reason(plan, resource, &again);
        if let Some(seen) = look(plan, &resource.id, uuids).await {
            reason.push_str("; ");
            reason.push_str(&seen);
        }
        resource.reason = Some(reason);
    }
}

enum Again {
    Answered(u16, String),
    NoAnswer(String),
}

fn again_reason(plan: &Plan, resource: &ResourceResult, again: &Again) -> String {
    let id = plan.label(&resource.id);
    let (status, message) = match again {
        Again::NoAnswer(reason) => {
            return format!("one more request for {id} after the race got no answer ({reason})");
        }
        Again::Answered(status, message) => (*status, message),
    };
    let answer = if message.is_empty() {
        status.to_string()
    } else {
        format!("{status} {message}")
    };
    match request_end(plan, status) {
        RequestEnd::Lost => format!("{id} was already taken before the race ({answer})"),
        RequestEnd::Won => format!(
            "{id} was free: one more request, alone, got it ({status}), although all {} of the race \
             were refused",
            resource.requests.lost
        ),
        RequestEnd::Unexpected | RequestEnd::SystemError | RequestEnd::Unanswered => {
            format!("one more request for {id} after the race was answered {answer}")
        }
    }
}

/// Asks the plan's `why` URL about a resource.
async fn look(plan: &Plan, resource: &str, uuids: &mut Uuids) -> Option<String> {
    let call = plan.why.as_ref()?;
    let mut caller = match Caller::new(plan, call).await {
        Ok(caller) => caller,
        Err(error) => return Some(format!("{} {} failed: {error}", call.method, call.url)),
    };
    Some(match caller.send(plan, call, resource, uuids).await {
        Ok(answer) => {
            let since = serde_json::from_slice(&answer.body)
                .ok()
                .and_then(|body| since(&body));
            match since {
                Some(time) if answer.status < 300 => format!("taken at {time}"),
                _ => format!(
                    "{} {} says {} {}",
                    call.method,
                    call.url.replace("{resource}", resource),
                    answer.status,
                    one_line(&String::from_utf8_lossy(&answer.body))
                ),
            }
        }
        Err(reason) => format!("{} {} got no answer ({reason})", call.method, call.url),
    })
}

/// The time in an answer, for a list the one of its last entry: a history ends with what holds now.
fn since(body: &Value) -> Option<String> {
    match body {
        Value::Object(members) => TIME_MEMBERS
            .iter()
            .find_map(|name| members.get(*name).and_then(Value::as_str))
            .map(one_line)
            .or_else(|| {
                members
                    .values()
                    .filter(|value| !value.is_string())
                    .find_map(since)
            }),
        Value::Array(entries) => entries.last().and_then(since),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::since;

    #[test]
    fn the_time_is_found_in_an_object_or_at_the_end_of_a_history() {
        for (body, expected) in [
            (
                r#"{"booked_at":"2026-01-02T03:04:05Z"}"#,
                Some("2026-01-02T03:04:05Z"),
            ),
            (
                r#"{"history":[{"at":"first"},{"at":"last"}]}"#,
                Some("last"),
            ),
            (r#"[{"timestamp":"t1"},{"createdAt":"t2"}]"#, Some("t2")),
            (r#"{"status":"free"}"#, None),
            (r#"{"at":5}"#, None),
        ] {
            let body = serde_json::from_str(body).expect("good JSON");
            assert_eq!(since(&body).as_deref(), expected);
        }
    }
}
