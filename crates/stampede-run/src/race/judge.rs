//! Decides what the records of a race mean.
//!
//! Invariants:
//! * A resource with two winners is a violation whatever else happened.
//! * A request that was sent and not answered, or answered with a 5xx or a status that the plan
//!   does not explain, may have won. It leaves its resource undecided; it never counts as a loser.
//! * So does a request that could not be sent: it cannot have won, but the race was not the one
//!   asked for.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use stampede_metrics::Latency;

use super::message::server_message;
use super::outcome::{
    Contention, Counts, Latencies, REQUESTS_LISTED_MAX, Race, RequestEnd, RequestResult,
    ResourceEnd, ResourceResult, StatusCount, WINS_LISTED_MAX,
};
use super::plan::Plan;
use super::release::{Record, Recorded};
use super::taken::said_taken;

/// Different messages that are told apart per status.
const MESSAGES_MAX: usize = 64;

/// Latencies of one race, kept so that races can be added up.
#[derive(Debug, Default)]
pub(super) struct Recorders {
    all: Latency,
    winners: Latency,
    losers: Latency,
    decided: Latency,
}

impl Recorders {
    pub(super) fn merge(&mut self, other: &Recorders) {
        self.all.merge(&other.all);
        self.winners.merge(&other.winners);
        self.losers.merge(&other.losers);
        self.decided.merge(&other.decided);
    }

    pub(super) fn summaries(&self) -> Latencies {
        Latencies {
            all: self.all.summary(),
            winners: self.winners.summary(),
            losers: self.losers.summary(),
            decided: self.decided.summary(),
        }
    }

    fn record(&mut self, end: RequestEnd, latency: Duration) {
        match end {
            RequestEnd::Won => self.winners.record(latency),
            RequestEnd::Lost => self.losers.record(latency),
            RequestEnd::Unexpected | RequestEnd::SystemError => {}
            RequestEnd::Unanswered => return,
        }
        self.all.record(latency);
        if matches!(end, RequestEnd::Won | RequestEnd::Lost) {
            self.decided.record(latency);
        }
    }
}

/// Counts statuses and their messages.
#[derive(Debug, Default)]
pub(super) struct StatusTally {
    messages_of: HashMap<Option<u16>, (u64, HashMap<String, u64>)>,
}

impl StatusTally {
    pub(super) fn count(&mut self, status: Option<u16>, message: &str, count: u64) {
        let (total, messages) = self.messages_of.entry(status).or_default();
        *total += count;
        if messages.len() < MESSAGES_MAX || messages.contains_key(message) {
            *messages.entry(message.to_owned()).or_default() += count;
        }
    }

    /// The counts in order of status; no answer last.
    pub(super) fn counts(&self) -> Vec<StatusCount> {
        let mut counts: Vec<StatusCount> = self
            .messages_of
            .iter()
            .map(|(&status, (count, messages))| StatusCount {
                status,
                count: *count,
                message: messages
                    .iter()
                    .max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))
                    .map_or_else(String::new, |(message, _)| message.clone()),
                messages: messages.len() as u64,
            })
            .collect();
        counts.sort_unstable_by_key(|count| (count.status.is_none(), count.status));
        counts
    }
}

/// Judges one race.
pub(super) fn judge(plan: &Plan, number: u32, mut recorded: Recorded) -> (Race, Recorders) {
    recorded
        .records
        .sort_by_key(|record| (record.start, record.resource_idx, record.client_idx));
    let records = &recorded.records;
    let origin = records
        .first()
        .map_or_else(Instant::now, |record| record.start);
    let last_end = records
        .iter()
        .map(|record| record.end)
        .max()
        .unwrap_or(origin);

    let mut recorders = Recorders::default();
    let mut statuses = StatusTally::default();
    let mut resources: Vec<ResourceResult> = plan.resources.iter().map(|id| empty(id)).collect();
    let mut intervals_of: Vec<Vec<Interval>> = vec![Vec::new(); resources.len()];
    let mut requests = Counts::default();
    let mut listed = Vec::new();
    for record in records {
        let result = request_result(plan, record, origin);
        statuses.count(result.status, &result.message, 1);
        recorders.record(result.end, record.end - record.start);
        count(&mut requests, result.end);
        let resource = &mut resources[record.resource_idx];
        count(&mut resource.requests, result.end);
        if record.reply.is_ok() || record.reply.as_ref().is_err_and(|error| error.request_left) {
            intervals_of[record.resource_idx].push((record.start, record.end));
        }
        if result.end == RequestEnd::Won && resource.wins.len() < WINS_LISTED_MAX {
            resource.wins.push(result.clone());
        }
        if records.len() <= REQUESTS_LISTED_MAX {
            listed.push(result);
        }
    }
    for (resource, intervals) in resources.iter_mut().zip(&intervals_of) {
        resource.end = resource_end(&resource.requests);
        resource.in_flight_max = most_at_once(intervals);
    }
    keep_refusals(records, &mut resources);
    let race = Race {
        number,
        requests,
        contention: contention(&resources),
        resources,
        latency: recorders.summaries(),
        duration_us: (last_end - origin).as_secs_f64() * 1e6,
        release_spread_us: release_spread_us(records),
        in_flight_max: most_at_once(&intervals_of.concat()),
        sent_bytes: recorded.sent_bytes,
        received_bytes: recorded.received_bytes,
        statuses: statuses.counts(),
        resets: Vec::new(),
        listed,
    };
    (race, recorders)
}

/// Keeps what the resources that nobody won were told, and whether all of it was that they are
/// taken.
fn keep_refusals(records: &[Record], resources: &mut [ResourceResult]) {
    let mut tallies: HashMap<usize, (StatusTally, bool)> = HashMap::new();
    for record in records {
        let Ok(reply) = &record.reply else { continue };
        if resources[record.resource_idx].end != ResourceEnd::NoWinner {
            continue;
        }
        let message = server_message(&reply.body);
        let (tally, all_taken) = tallies
            .entry(record.resource_idx)
            .or_insert_with(|| (StatusTally::default(), true));
        tally.count(Some(reply.status), &message, 1);
        *all_taken &= said_taken(&message).is_some();
    }
    for (resource_idx, (tally, all_taken)) in tallies {
        resources[resource_idx].refusals = tally.counts();
        resources[resource_idx].said_taken = all_taken;
    }
}

/// What a status means under a plan.
pub(super) fn request_end(plan: &Plan, status: u16) -> RequestEnd {
    if plan.won.contains(status) {
        RequestEnd::Won
    } else if plan.lost.contains(status) {
        RequestEnd::Lost
    } else if status >= 500 {
        RequestEnd::SystemError
    } else {
        RequestEnd::Unexpected
    }
}

fn request_result(plan: &Plan, record: &Record, origin: Instant) -> RequestResult {
    let (end, status, failure, message, body) = match &record.reply {
        Ok(reply) => {
            let end = request_end(plan, reply.status);
            let body =
                (end == RequestEnd::Won).then(|| String::from_utf8_lossy(&reply.body).into_owned());
            (
                end,
                Some(reply.status),
                None,
                server_message(&reply.body),
                body,
            )
        }
        Err(failure) => {
            let message = if failure.request_left {
                failure.kind.describe().to_owned()
            } else {
                "the request could not be sent".to_owned()
            };
            (
                RequestEnd::Unanswered,
                None,
                Some(failure.kind),
                message,
                None,
            )
        }
    };
    RequestResult {
        resource: plan.resources[record.resource_idx].clone(),
        client: record.client_idx + 1,
        end,
        status,
        failure,
        start_us: (record.start - origin).as_secs_f64() * 1e6,
        end_us: (record.end - origin).as_secs_f64() * 1e6,
        message,
        body,
    }
}

fn empty(id: &str) -> ResourceResult {
    ResourceResult {
        id: id.to_owned(),
        end: ResourceEnd::Undecided,
        requests: Counts::default(),
        in_flight_max: 0,
        wins: Vec::new(),
        refusals: Vec::new(),
        said_taken: false,
        reason: None,
    }
}

fn count(counts: &mut Counts, end: RequestEnd) {
    match end {
        RequestEnd::Won => counts.won += 1,
        RequestEnd::Lost => counts.lost += 1,
        RequestEnd::Unexpected => counts.unexpected += 1,
        RequestEnd::SystemError => counts.system_errors += 1,
        RequestEnd::Unanswered => counts.unanswered += 1,
    }
}

fn resource_end(requests: &Counts) -> ResourceEnd {
    let unknown = requests.unexpected + requests.system_errors + requests.unanswered;
    match (requests.won, unknown) {
        (2.., _) => ResourceEnd::SeveralWinners,
        (_, 1..) => ResourceEnd::Undecided,
        (1, 0) => ResourceEnd::OneWinner,
        (0, 0) => ResourceEnd::NoWinner,
    }
}

type Interval = (Instant, Instant);

/// The largest number of intervals that contain one instant; touching ends do not overlap.
fn most_at_once(intervals: &[Interval]) -> u64 {
    let mut starts: Vec<Instant> = intervals.iter().map(|interval| interval.0).collect();
    let mut ends: Vec<Instant> = intervals.iter().map(|interval| interval.1).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    let (mut at_once, mut most, mut n_ended) = (0_u64, 0_u64, 0);
    for start in starts {
        while n_ended < ends.len() && ends[n_ended] <= start {
            n_ended += 1;
            at_once = at_once.saturating_sub(1);
        }
        at_once += 1;
        most = most.max(at_once);
    }
    most
}

fn contention(resources: &[ResourceResult]) -> Contention {
    let mut at_once: Vec<u64> = resources
        .iter()
        .map(|resource| resource.in_flight_max)
        .collect();
    at_once.sort_unstable();
    let at = |idx: usize| at_once.get(idx).copied().unwrap_or(0);
    Contention {
        min: at(0),
        med: at(at_once.len() / 2),
        max: at(at_once.len().saturating_sub(1)),
    }
}

fn release_spread_us(records: &[Record]) -> f64 {
    let mut bounds_of: HashMap<usize, Interval> = HashMap::new();
    for record in records.iter().filter(|record| record.is_first_of_wave) {
        let bounds = bounds_of
            .entry(record.wave)
            .or_insert((record.start, record.start));
        bounds.0 = bounds.0.min(record.start);
        bounds.1 = bounds.1.max(record.start);
    }
    bounds_of
        .values()
        .map(|bounds| (bounds.1 - bounds.0).as_secs_f64() * 1e6)
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{most_at_once, resource_end};
    use crate::race::outcome::{Counts, ResourceEnd};

    fn counts(won: u64, lost: u64, unexpected: u64, system_errors: u64, unanswered: u64) -> Counts {
        Counts {
            won,
            lost,
            unexpected,
            system_errors,
            unanswered,
        }
    }

    #[test]
    fn only_one_winner_among_known_losers_is_decided() {
        for (requests, expected) in [
            (counts(1, 9, 0, 0, 0), ResourceEnd::OneWinner),
            (counts(2, 8, 0, 0, 0), ResourceEnd::SeveralWinners),
            (counts(2, 0, 3, 3, 3), ResourceEnd::SeveralWinners),
            (counts(0, 10, 0, 0, 0), ResourceEnd::NoWinner),
            (counts(1, 8, 1, 0, 0), ResourceEnd::Undecided),
            (counts(1, 8, 0, 1, 0), ResourceEnd::Undecided),
            (counts(1, 8, 0, 0, 1), ResourceEnd::Undecided),
            (counts(0, 9, 0, 0, 1), ResourceEnd::Undecided),
        ] {
            assert_eq!(resource_end(&requests), expected, "{requests:?}");
        }
    }

    #[test]
    fn overlap_counts_intervals_that_share_an_instant() {
        let zero = Instant::now();
        let at = |ms: u64| zero + Duration::from_millis(ms);
        assert_eq!(most_at_once(&[]), 0);
        assert_eq!(most_at_once(&[(at(0), at(5)), (at(5), at(9))]), 1);
        assert_eq!(
            most_at_once(&[
                (at(0), at(9)),
                (at(1), at(4)),
                (at(3), at(5)),
                (at(6), at(7))
            ]),
            3
        );
    }
}
