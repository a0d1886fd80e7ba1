//! The verdict over all races, and what else is worth saying.
//!
//! Invariant: the first that applies decides: a double winner (99), a missed threshold (99),
//! anything that was not proven (120), proven (0).

use stampede_metrics::units::{format_count, format_us};

use super::outcome::{
    Outcome, P95Check, Race, RequestEnd, ResourceEnd, ResourceResult, Setup, Totals, Verdict,
};
use super::plan::{Plan, Release};

/// Resources that are named one by one in a finding.
const NAMED_MAX: usize = 3;

pub(super) fn verdict(
    plan: &Plan,
    setup: &Setup,
    races: &[Race],
    total: &Totals,
    p95: Option<&P95Check>,
) -> Verdict {
    let n_resources = races
        .iter()
        .map(|race| race.resources.len() as u64)
        .sum::<u64>();
    let never_met = races.iter().all(|race| race.contention.max < 2);
    let (outcome, exit_code, sentence) = if total.resources.several_winners > 0 {
        let sentence = format!(
            "{} of {} won more than once: {}.",
            format_count(total.resources.several_winners),
            resources(n_resources),
            several_winners(plan, races)
        );
        (Outcome::Violated, 99, sentence)
    } else if let Some(check) = p95.filter(|check| !check.is_met) {
        let sentence = format!(
            "No resource was won twice, but the p95 of {} is above the limit of {}.",
            format_us(check.us_actual),
            format_us(check.us_limit)
        );
        (Outcome::TooSlow, 99, sentence)
    } else if total.resources.one_winner < n_resources {
        (Outcome::Undecided, 120, unproven(n_resources, total))
    } else if never_met {
        let sentence = "Every resource has one winner, but no two requests for the same resource were \
                        ever under way together, so this was no race. Use more clients.";
        (Outcome::Undecided, 120, sentence.to_owned())
    } else {
        let sentence = format!(
            "Exactly one winner for {}, and each of the other {} was told so.",
            if n_resources == 1 {
                "the resource".to_owned()
            } else {
                format!("each of {}", resources(n_resources))
            },
            requests(total.requests.lost),
        );
        (Outcome::Proven, 0, sentence)
    };
    Verdict {
        outcome,
        exit_code,
        sentence,
        findings: findings(plan, setup, races, total),
    }
}

fn resources(count: u64) -> String {
    format!(
        "{} resource{}",
        format_count(count),
        if count == 1 { "" } else { "s" }
    )
}

fn requests(count: u64) -> String {
    format!(
        "{} request{}",
        format_count(count),
        if count == 1 { "" } else { "s" }
    )
}

fn several_winners(plan: &Plan, races: &[Race]) -> String {
    let doubled: Vec<(u32, &ResourceResult)> = races
        .iter()
        .flat_map(|race| {
            race.resources
                .iter()
                .map(move |resource| (race.number, resource))
        })
        .filter(|(_, resource)| resource.end == ResourceEnd::SeveralWinners)
        .collect();
    let mut named: Vec<String> = doubled
        .iter()
        .take(NAMED_MAX)
        .map(|(number, resource)| {
            let clients: Vec<String> = resource
                .wins
                .iter()
                .map(|win| win.client.to_string())
                .collect();
            let more = resource.requests.won.saturating_sub(clients.len() as u64);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            let race = if races.len() > 1 {
                format!(" in race {number}")
            } else {
                String::new()
            };
            format!(
                "{}{race} by clients {}{more}",
                plan.label(&resource.id),
                clients.join(", ")
            )
        })
        .collect();
    if doubled.len() > NAMED_MAX {
        named.push(format!("and {} more", doubled.len() - NAMED_MAX));
    }
    named.join("; ")
}

fn unproven(n_resources: u64, total: &Totals) -> String {
    let mut parts = Vec::new();
    let counts = &total.resources;
    if counts.no_winner > 0 {
        parts.push(format!("{} had no winner", format_count(counts.no_winner)));
    }
    if counts.undecided > 0 {
        parts.push(format!(
            "{} had requests of which nobody knows what they did",
            format_count(counts.undecided)
        ));
    }
    format!("Of {}, {}.", resources(n_resources), parts.join(" and "))
}

fn findings(plan: &Plan, setup: &Setup, races: &[Race], total: &Totals) -> Vec<String> {
    let mut findings = Vec::new();
    no_winner_findings(plan, races, &mut findings);
    unknown_findings(plan, total, &mut findings);
    reset_findings(total, &mut findings);
    if setup.release == Release::Walk && plan.release == Release::Auto {
        findings.push(format!(
            "{} at one instant need more connections than this process may open, so each client \
             used one and asked for the resources one after the other, in the same order.",
            requests(setup.requests_per_race)
        ));
    }
    let lonely: usize = races
        .iter()
        .map(|race| {
            race.resources
                .iter()
                .filter(|one| one.in_flight_max < 2)
                .count()
        })
        .sum();
    if lonely > 0 {
        findings.push(format!(
            "For {} no two requests were under way together: about them this race says little.",
            resources(lonely as u64)
        ));
    }
    findings
}

fn no_winner_findings(plan: &Plan, races: &[Race], findings: &mut Vec<String>) {
    let unwon: Vec<&ResourceResult> = races
        .iter()
        .flat_map(|race| &race.resources)
        .filter(|resource| resource.end == ResourceEnd::NoWinner)
        .collect();
    let reasons: Vec<&str> = unwon
        .iter()
        .filter_map(|resource| resource.reason.as_deref())
        .take(NAMED_MAX)
        .collect();
    for reason in &reasons {
        findings.push(format!("No winner: {reason}."));
    }
    let Some(reset) = &plan.reset else {
        if unwon.iter().any(|resource| resource.said_taken) {
            findings.push(format!(
                "Free it before each race: {}",
                reset_suggestion(plan)
            ));
        }
        return;
    };
    if unwon.iter().any(|resource| resource.said_taken) {
        findings.push(format!(
            "The reset before the race ({} {}) did not free it.",
            reset.method, reset.url
        ));
    }
}

/// How to free what the race takes; concrete for booking calls whose counterpart is known.
fn reset_suggestion(plan: &Plan) -> String {
    let origin = plan.origin().unwrap_or_default();
    if plan.url.contains("/api/book-seat") {
        return format!("--reset 'POST {origin}/api/cancel-booking/' --reset-body same.");
    }
    format!(
        "--reset 'METHOD {origin}/…' with the call that undoes '{} {}'.",
        plan.method, plan.url
    )
}

fn unknown_findings(plan: &Plan, total: &Totals, findings: &mut Vec<String>) {
    for status in &total.statuses {
        let Some(code) = status.status else {
            findings.push(format!(
                "{} got no answer ({}): whether they won is unknown.",
                requests(status.count),
                status.message
            ));
            continue;
        };
        let said = if status.message.is_empty() {
            String::new()
        } else {
            format!(" ({})", status.message)
        };
        match super::judge::request_end(plan, code) {
            RequestEnd::Unexpected => findings.push(format!(
                "{} answered {code}{said}, which is neither in --won nor in --lost. If it means \
                 that the request lost, say --lost {},{code}.",
                requests(status.count),
                plan.lost
            )),
            RequestEnd::SystemError => findings.push(format!(
                "{} answered {code}{said}: whether they won is unknown. If it surely means that \
                 nothing happened, say --lost {},{code}.",
                requests(status.count),
                plan.lost
            )),
            RequestEnd::Won | RequestEnd::Lost | RequestEnd::Unanswered => {}
        }
    }
}

/// What the resets did beside their job; those that were refused have ended the run.
fn reset_findings(total: &Totals, findings: &mut Vec<String>) {
    let resets = &total.resets;
    if let [only] = &resets[..]
        && only.status == Some(404)
    {
        findings.push(format!(
            "Every reset was answered 404 {}: there was nothing to free, or its URL is wrong.",
            only.message
        ));
    }
    let odd = resets.iter().find(|reset| {
        reset
            .status
            .is_none_or(|status| !(200..300).contains(&status) && status != 404)
    });
    if let Some(reset) = odd {
        findings.push(format!(
            "A reset was answered {} {}: redirects are not followed, so it may have freed nothing.",
            reset.status.unwrap_or(0),
            reset.message
        ));
    }
}
