//! The result of a race, as data: what other programs read and the report is made of.
//!
//! Invariant: every request is counted once, in exactly one of won, lost, unexpected, system
//! errors and unanswered.

use serde::{Deserialize, Serialize};
use stampede_metrics::Summary;

use super::plan::Release;
use super::statuses::StatusSet;
use crate::wire::FailureKind;

/// The version of the serialised form; it grows with every change that breaks a reader.
pub const RESULT_VERSION: u32 = 1;

/// The most requests that are listed one by one in a result.
pub const REQUESTS_LISTED_MAX: usize = 2_000;

/// The most winning requests that are kept per resource; the count is always complete.
pub const WINS_LISTED_MAX: usize = 5;

/// The result of all races of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RaceResult {
    /// [`RESULT_VERSION`].
    pub version: u32,
    /// When the first race began, in milliseconds since 1970.
    pub started_unix_ms: u64,
    /// What was run.
    pub setup: Setup,
    /// Each race.
    pub races: Vec<Race>,
    /// All races together.
    pub total: Totals,
    /// Latency over all races.
    pub latency: Latencies,
    /// The threshold, if one was given.
    pub p95: Option<P95Check>,
    /// What it all means.
    pub verdict: Verdict,
}

/// What was run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Setup {
    /// The method.
    pub method: String,
    /// The URL, places not filled.
    pub url: String,
    /// The body, places not filled.
    pub body: Option<String>,
    /// Clients per resource.
    pub clients: u32,
    /// Resources.
    pub resources: u32,
    /// Requests of one race.
    pub requests_per_race: u64,
    /// How the requests were set off; never `auto`.
    pub release: Release,
    /// Connections that were opened before the release.
    pub connections: u64,
    /// Statuses of winners.
    pub won: StatusSet,
    /// Statuses of losers.
    pub lost: StatusSet,
    /// How long a request could take.
    pub timeout_ms: u64,
    /// Whether resources were reset before each race.
    pub has_reset: bool,
    /// The reset's method and URL, places not filled.
    #[serde(default)]
    pub reset: Option<String>,
}

/// Requests by what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Answered with a winner's status.
    pub won: u64,
    /// Answered with a loser's status.
    pub lost: u64,
    /// Answered with a status in neither list, other than 5xx.
    pub unexpected: u64,
    /// Answered with a 5xx that is in neither list.
    pub system_errors: u64,
    /// Not answered.
    pub unanswered: u64,
}

impl Counts {
    /// All requests.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.won + self.lost + self.unexpected + self.system_errors + self.unanswered
    }

    pub(super) fn add(&mut self, other: &Counts) {
        self.won += other.won;
        self.lost += other.lost;
        self.unexpected += other.unexpected;
        self.system_errors += other.system_errors;
        self.unanswered += other.unanswered;
    }
}

/// All races together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Totals {
    /// Requests by what came of them.
    pub requests: Counts,
    /// Resources (of all races) by how they ended.
    pub resources: ResourceCounts,
    /// Winners beyond the first of a resource.
    pub double_wins: u64,
    /// From the first byte of the first request to the last answer, summed over races.
    pub duration_us: f64,
    /// Requests per second of that time.
    pub requests_per_second: f64,
    /// Bytes of requests.
    pub sent_bytes: u64,
    /// Bytes of answers.
    pub received_bytes: u64,
    /// Answers by status.
    pub statuses: Vec<StatusCount>,
    /// What the resets before the races were answered.
    #[serde(default)]
    pub resets: Vec<StatusCount>,
}

/// Resources by how their race ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceCounts {
    /// Exactly one winner, and every other request lost.
    pub one_winner: u64,
    /// More than one winner.
    pub several_winners: u64,
    /// No winner, and every request lost.
    pub no_winner: u64,
    /// At most one winner, and requests of which nobody knows what they did.
    pub undecided: u64,
}

/// Latency of answered requests, from the first byte written to the last byte read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Latencies {
    /// All answers.
    pub all: Summary,
    /// Winners.
    pub winners: Summary,
    /// Losers.
    pub losers: Summary,
    /// Winners and losers together, which is what the threshold is about.
    pub decided: Summary,
}

/// A threshold on the 95th percentile of winners and losers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct P95Check {
    /// The limit in microseconds.
    pub us_limit: f64,
    /// The measured value in microseconds.
    pub us_actual: f64,
    /// Whether the limit was kept; a value equal to the limit keeps it.
    pub is_met: bool,
}

/// One race.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Race {
    /// Counted from 1.
    pub number: u32,
    /// Requests by what came of them.
    pub requests: Counts,
    /// Each resource, in the order of the plan.
    pub resources: Vec<ResourceResult>,
    /// Latency.
    pub latency: Latencies,
    /// From the first byte of the first request to the last answer.
    pub duration_us: f64,
    /// From the first to the last first byte of the requests that were set off at one instant; the
    /// largest, if there were several such instants.
    pub release_spread_us: f64,
    /// The most requests that were under way at the same time.
    pub in_flight_max: u64,
    /// The smallest, middle and largest of the resources' own `in_flight_max`.
    pub contention: Contention,
    /// Bytes of requests.
    pub sent_bytes: u64,
    /// Bytes of answers.
    pub received_bytes: u64,
    /// Answers by status, in order of status; no answer last.
    pub statuses: Vec<StatusCount>,
    /// What the resets before this race were answered.
    pub resets: Vec<StatusCount>,
    /// Every request, if they are at most [`REQUESTS_LISTED_MAX`].
    pub listed: Vec<RequestResult>,
}

/// How many requests for the same resource were under way at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contention {
    /// At the least contended resource.
    pub min: u64,
    /// At the middle one.
    pub med: u64,
    /// At the most contended resource.
    pub max: u64,
}

/// How one resource's race ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceEnd {
    /// Exactly one winner, and every other request lost.
    OneWinner,
    /// More than one winner.
    SeveralWinners,
    /// No winner, and every request lost.
    NoWinner,
    /// At most one winner, and requests of which nobody knows what they did.
    Undecided,
}

/// One resource's race.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResourceResult {
    /// The id.
    pub id: String,
    /// How it ended.
    pub end: ResourceEnd,
    /// Its requests by what came of them.
    pub requests: Counts,
    /// The most of its requests that were under way at the same time.
    pub in_flight_max: u64,
    /// The winning requests, at most [`WINS_LISTED_MAX`].
    pub wins: Vec<RequestResult>,
    /// What its requests were answered, by status, if nobody won; else empty.
    #[serde(default)]
    pub refusals: Vec<StatusCount>,
    /// Whether nobody won and the server said that somebody has it already: in a look after the
    /// race, or in every refusal.
    #[serde(default)]
    pub said_taken: bool,
    /// Why there was no winner, if that was looked into.
    pub reason: Option<String>,
}

/// What came of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestEnd {
    /// A winner's status.
    Won,
    /// A loser's status.
    Lost,
    /// A status in neither list, other than 5xx.
    Unexpected,
    /// A 5xx that is in neither list.
    SystemError,
    /// No answer.
    Unanswered,
}

/// One request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestResult {
    /// The id of the resource.
    pub resource: String,
    /// The client, from 1.
    pub client: u32,
    /// What came of it.
    pub end: RequestEnd,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong, if there was none.
    pub failure: Option<FailureKind>,
    /// When its first byte was written, in microseconds since the race's first.
    pub start_us: f64,
    /// When its answer was complete, or given up.
    pub end_us: f64,
    /// The server's message.
    pub message: String,
    /// The answer's body, cut at 1 KiB; kept for winners only.
    pub body: Option<String>,
}

/// How often a status was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCount {
    /// The status, or none for "no answer".
    pub status: Option<u16>,
    /// How often.
    pub count: u64,
    /// The most frequent message that came with it.
    pub message: String,
    /// How many different messages came with it; at most 64 are told apart.
    pub messages: u64,
}

/// What the run proved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// In one word.
    pub outcome: Outcome,
    /// The process's exit code: 0, 99 or 120.
    pub exit_code: u8,
    /// In one sentence.
    pub sentence: String,
    /// What is worth knowing beside it, each in a sentence.
    pub findings: Vec<String>,
}

/// What a run proved, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every resource has exactly one winner.
    Proven,
    /// A resource has more than one winner.
    Violated,
    /// No resource has more than one winner, but the p95 is above its limit.
    TooSlow,
    /// Nothing was proven: a resource without a winner, or with requests that nobody knows about.
    Undecided,
}
