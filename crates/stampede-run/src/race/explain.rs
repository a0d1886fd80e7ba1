//! Finds out why a resource had no winner: from the refusals, and from one look or request more.
//!
//! Invariants: with a `why` in the plan only that is asked. Without one the race's request is sent
//! again only if it claims nothing by its method, or if the plan has a reset, which is then sent
//! after it. A resource is called taken only if the server said so.

use super::RequestWriter;
use super::calls::Caller;
use super::judge::request_end;
use super::message::{one_line, server_message};
use super::outcome::{Race, RequestEnd, ResourceEnd, ResourceResult, StatusCount};
use super::plan::{Call, Plan};
use super::taken::{State, said_taken, state};
use super::template::Uuids;
use crate::wire::Target;

/// Resources without a winner that are looked into; the others are likely to be alike.
const RESOURCES_EXPLAINED_MAX: usize = 3;

/// Kinds of refusal that a reason names.
const REFUSALS_NAMED_MAX: usize = 3;

/// What was found out about a resource after its race.
struct Found {
    state: State,
    /// In words, as a part of a sentence; empty if nothing was asked.
    words: String,
}

/// Fills in the reasons of the first resources that nobody won.
pub(super) async fn explain(plan: &Plan, target: &Target, uuids: &mut Uuids, race: &mut Race) {
    let unexplained = race
        .resources
        .iter_mut()
        .enumerate()
        .filter(|(_, resource)| resource.end == ResourceEnd::NoWinner)
        .take(RESOURCES_EXPLAINED_MAX);
    for (resource_idx, resource) in unexplained {
        let found = match &plan.why {
            Some(call) => look(plan, call, &resource.id, uuids).await,
            None if claims_nothing(&plan.method) || plan.reset.is_some() => {
                ask_again(plan, target, resource_idx, uuids).await
            }
            None => Found {
                state: State::Unsaid,
                words: String::new(),
            },
        };
        match &found.state {
            State::Taken { .. } => resource.said_taken = true,
            State::Free => resource.said_taken = false,
            // What all the refusals said stands.
            State::Unsaid => {}
        }
        resource.reason = Some(reason(plan, resource, &found));
    }
}

/// Whether requests with this method change nothing, by its definition.
fn claims_nothing(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

fn reason(plan: &Plan, resource: &ResourceResult, found: &Found) -> String {
    let id = plan.label(&resource.id);
    let refusals = refusals(&resource.refusals, resource.requests.lost);
    let mut reason = match &found.state {
        State::Taken { word, at: Some(at) } => {
            return format!(
                "{id} was already {word} at {at} ({}); {refusals}",
                found.words
            );
        }
        State::Taken { word, at: None } => {
            return format!("{id} is {word} ({}); {refusals}", found.words);
        }
        State::Unsaid if resource.said_taken => {
            let said = resource.refusals.iter().find_map(|refusal| {
                let word = said_taken(&refusal.message)?;
                Some(format!("{id} was already {word}, as the server says; "))
            });
            format!("{}{refusals}", said.unwrap_or_default())
        }
        State::Free | State::Unsaid => format!("nobody won {id}; {refusals}"),
    };
    if !found.words.is_empty() {
        reason.push_str("; ");
        reason.push_str(&found.words);
    }
    reason
}

/// What the race's requests were told, most of them first.
fn refusals(refusals: &[StatusCount], n_lost: u64) -> String {
    let mut sorted: Vec<&StatusCount> = refusals.iter().collect();
    sorted.sort_by_key(|refusal| std::cmp::Reverse(refusal.count));
    let named: Vec<String> = sorted
        .iter()
        .take(REFUSALS_NAMED_MAX)
        .map(|refusal| {
            let others = match refusal.messages {
                0 | 1 => String::new(),
                n_messages => format!(" (and {} other messages)", n_messages - 1),
            };
            let said = answer_text(refusal.status.unwrap_or(0), &refusal.message);
            if sorted.len() == 1 {
                format!("{said}{others}")
            } else {
                format!("{} with {said}{others}", refusal.count)
            }
        })
        .collect();
    format!(
        "the server refused all {n_lost} requests: {}",
        named.join(", ")
    )
}

fn answer_text(status: u16, message: &str) -> String {
    if message.is_empty() {
        status.to_string()
    } else {
        format!("{status} {message}")
    }
}

/// Sends the race's request once more, alone, and the reset after it if there is one.
async fn ask_again(plan: &Plan, target: &Target, resource_idx: usize, uuids: &mut Uuids) -> Found {
    let mut caller = Caller::to(target.clone(), plan.timeout);
    let request = RequestWriter::new(plan).prepare(target, resource_idx, 0, uuids);
    let answer = caller.exchange(&request.bytes, request.is_head).await;
    let (found, words) = match answer {
        Err(reason) => (
            State::Unsaid,
            format!("one more request after the race got no answer ({reason})"),
        ),
        Ok(answer) => {
            let message = server_message(&answer.body);
            let said = answer_text(answer.status, &message);
            match request_end(plan, answer.status) {
                RequestEnd::Won => (
                    State::Free,
                    format!(
                        "one more request after the race, alone, got it ({}), although all of the \
                         race were refused",
                        answer.status
                    ),
                ),
                RequestEnd::Lost => (
                    State::Unsaid,
                    format!("one more request after the race, alone, was refused too ({said})"),
                ),
                RequestEnd::Unexpected | RequestEnd::SystemError | RequestEnd::Unanswered => (
                    State::Unsaid,
                    format!("one more request after the race, alone, was answered {said}"),
                ),
            }
        }
    };
    let words = match &plan.reset {
        None => words,
        Some(reset) => {
            let freed = send(plan, reset, &plan.resources[resource_idx], uuids).await;
            format!("{words}; the reset after it {freed}")
        }
    };
    Found {
        state: found,
        words,
    }
}

/// Sends a call and tells what came of it.
async fn send(plan: &Plan, call: &Call, resource: &str, uuids: &mut Uuids) -> String {
    let mut caller = match Caller::new(plan, call).await {
        Ok(caller) => caller,
        Err(error) => return format!("failed: {error}"),
    };
    match caller.send(plan, call, resource, uuids).await {
        Ok(answer) => format!(
            "was answered {}",
            answer_text(answer.status, &server_message(&answer.body))
        ),
        Err(reason) => format!("got no answer ({reason}), so the resource may be taken now"),
    }
}

/// Asks the plan's `why` URL about a resource.
async fn look(plan: &Plan, call: &Call, resource: &str, uuids: &mut Uuids) -> Found {
    let unsaid = |words| Found {
        state: State::Unsaid,
        words,
    };
    let asked = format!(
        "{} {}",
        call.method,
        call.url.replace("{resource}", resource)
    );
    let mut caller = match Caller::new(plan, call).await {
        Ok(caller) => caller,
        Err(error) => return unsaid(format!("{asked} failed: {error}")),
    };
    match caller.send(plan, call, resource, uuids).await {
        Ok(answer) => {
            let body = serde_json::from_slice(&answer.body).ok();
            let id = plan.names_resource().then_some(resource);
            let state = match body {
                Some(body) if (200..300).contains(&answer.status) => state(&body, id),
                _ => State::Unsaid,
            };
            let words = match &state {
                State::Taken { .. } => format!("says {asked}"),
                State::Free | State::Unsaid => format!(
                    "{asked} says {} {}",
                    answer.status,
                    one_line(&String::from_utf8_lossy(&answer.body))
                ),
            };
            Found { state, words }
        }
        Err(reason) => unsaid(format!("{asked} got no answer ({reason})")),
    }
}
