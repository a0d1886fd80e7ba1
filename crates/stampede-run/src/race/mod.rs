//! Races: many clients ask for the same thing at one instant, and exactly one may get it.
//!
//! [`run`] carries a [`Plan`] out and returns a [`RaceResult`]; [`Report`] writes it for people.
//!
//! Never: prints, exits, or retries a request of the race.

mod calls;
mod explain;
mod judge;
mod message;
mod outcome;
mod plan;
mod release;
mod report;
mod statuses;
mod taken;
mod template;
mod verdict;

use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

pub use message::{MESSAGE_CHARS_MAX, server_message};
pub use outcome::{
    Contention, Counts, Latencies, Outcome, P95Check, REQUESTS_LISTED_MAX, RESULT_VERSION, Race,
    RaceResult, RequestEnd, RequestResult, ResourceCounts, ResourceEnd, ResourceResult, Setup,
    StatusCount, Totals, Verdict, WINS_LISTED_MAX,
};
pub use plan::{
    CLIENTS_MAX, Call, ID_BYTES_MAX, Plan, REPEAT_MAX, REQUESTS_MAX, RESOURCES_MAX, Release,
    numbered,
};
pub use release::Progress;
pub use report::Report;
pub use statuses::{StatusSet, StatusSyntax};

use crate::wire::{OpenError, RequestBuffer, Target, TargetError, Tls, TlsError, Url};
use judge::{Recorders, StatusTally};
use release::Prepared;
use template::{Fill, Template, Uuids};

/// Why a race could not be run. Nothing is known about the resources then.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RaceError {
    /// The plan makes no sense; every problem is listed. Nothing was sent.
    #[error("{}", .0.join("\n"))]
    Plan(Vec<String>),
    /// The server's name has no address. Nothing was sent.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// TLS cannot be set up. Nothing was sent.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A connection could not be opened before the race. No request of this race was sent.
    #[error(transparent)]
    Open(OpenError),
    /// The reset before a race got no answer. No request of this race was sent.
    #[error("the reset before the race got no answer ({reason}); is {url} right?")]
    Reset {
        /// Where it was sent.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The reset before a race was refused. No request of this race was sent.
    #[error(
        "the reset before the race was refused: {call} for {resource} was answered {answer}. What \
         is raced for may not be free.{hint}"
    )]
    ResetRefused {
        /// The reset's method and URL, places not filled.
        call: String,
        /// Which resource it was for.
        resource: String,
        /// The status and the server's message.
        answer: String,
        /// What may help, with a space before it; empty if nothing is known.
        hint: &'static str,
    },
    /// The system gave no runtime.
    #[error("cannot start a worker thread's runtime")]
    Runtime(#[source] std::io::Error),
}

/// Runs all races of a plan and judges them. Blocks; call it outside of async code.
///
/// # Errors
/// When the plan has problems or the server cannot be reached. Requests that fail during the race
/// are results, not errors.
pub fn run(plan: &Plan, progress: &Progress) -> Result<RaceResult, RaceError> {
    let problems = plan.problems();
    if !problems.is_empty() {
        return Err(RaceError::Plan(problems));
    }
    let connections_max = crate::limits::raise_connection_limit();
    let release = choose_release(plan, connections_max);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(RaceError::Runtime)?;
    let (origin, _) = plan::split_url(&plan.url).expect("a checked plan has an absolute URL");
    let url = Url::parse(origin)?;
    let tls = if url.https {
        Some(Tls::new(&plan.trust)?)
    } else {
        None
    };
    let target = runtime.block_on(Target::resolve(&url, tls))?;

    let started_unix_ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    let mut uuids = Uuids::new();
    let mut races = Vec::new();
    let mut recorders = Recorders::default();
    for number in 1..=plan.repeat {
        progress.begin_race(number);
        let resets = runtime.block_on(calls::reset(plan, &mut uuids))?;
        let requests = prepare(plan, &target, &mut uuids);
        let recorded = release::release(&target, requests, release, plan.timeout, progress)?;
        let (mut race, race_recorders) = judge::judge(plan, number, recorded);
        race.resets = resets;
        recorders.merge(&race_recorders);
        runtime.block_on(explain::explain(plan, &target, &mut uuids, &mut race));
        races.push(race);
    }
    let total = totals(&races);
    let latency = recorders.summaries();
    let p95 = plan.p95_max.map(|limit| {
        let (us_limit, us_actual) = (limit.as_secs_f64() * 1e6, latency.decided.us_p95);
        P95Check {
            us_limit,
            us_actual,
            is_met: us_actual <= us_limit,
        }
    });
    let setup = setup(plan, release);
    let verdict = verdict::verdict(plan, &setup, &races, &total, p95.as_ref());
    Ok(RaceResult {
        version: RESULT_VERSION,
        started_unix_ms: u64::try_from(started_unix_ms).unwrap_or(u64::MAX),
        setup,
        races,
        total,
        latency,
        p95,
        verdict,
    })
}

fn choose_release(plan: &Plan, connections_max: u64) -> Release {
    match plan.release {
        Release::Auto if plan.requests_per_race() <= connections_max => Release::Burst,
        Release::Auto => Release::Walk,
        chosen @ (Release::Burst | Release::Walk | Release::Rounds) => chosen,
    }
}

fn setup(plan: &Plan, release: Release) -> Setup {
    let connections = match release {
        Release::Burst => plan.requests_per_race(),
        Release::Auto | Release::Walk | Release::Rounds => u64::from(plan.clients),
    };
    Setup {
        method: plan.method.clone(),
        url: plan.url.clone(),
        body: plan.body.clone(),
        clients: plan.clients,
        resources: u32::try_from(plan.resources.len()).unwrap_or(u32::MAX),
        requests_per_race: plan.requests_per_race(),
        release,
        connections,
        won: plan.won.clone(),
        lost: plan.lost.clone(),
        timeout_ms: u64::try_from(plan.timeout.as_millis()).unwrap_or(u64::MAX),
        has_reset: plan.reset.is_some(),
        reset: plan
            .reset
            .as_ref()
            .map(|reset| format!("{} {}", reset.method, reset.url)),
    }
}

/// Writes out every request of a race, sorted by resource, then client.
fn prepare(plan: &Plan, target: &Target, uuids: &mut Uuids) -> Vec<Prepared> {
    let writer = RequestWriter::new(plan);
    let mut requests = Vec::new();
    for resource_idx in 0..plan.resources.len() {
        for client_idx in 0..plan.clients {
            requests.push(writer.prepare(target, resource_idx, client_idx, uuids));
        }
    }
    requests
}

/// The plan's request with its templates parsed.
struct RequestWriter<'a> {
    plan: &'a Plan,
    path: Template,
    headers: Vec<(&'a str, Template)>,
    body: Option<Template>,
}

impl RequestWriter<'_> {
    fn new(plan: &Plan) -> RequestWriter<'_> {
        let (_, path) = plan::split_url(&plan.url).expect("a checked plan has an absolute URL");
        RequestWriter {
            plan,
            path: Template::parse(&calls::absolute_path(path)),
            headers: plan
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), Template::parse(value)))
                .collect(),
            body: plan.body.as_deref().map(Template::parse),
        }
    }

    fn prepare(
        &self,
        target: &Target,
        resource_idx: usize,
        client_idx: u32,
        uuids: &mut Uuids,
    ) -> Prepared {
        let uuid = uuids.next();
        let resource = &self.plan.resources[resource_idx];
        let fill = Fill {
            resource,
            client: client_idx + 1,
            uuid: &uuid,
        };
        let body = self.body.as_ref().map(|body| body.expand(fill));
        let mut request = RequestBuffer::new();
        request.begin(target, &self.plan.method, &self.path.expand_in_url(fill));
        calls::standard_headers(&mut request, &self.plan.headers, body.is_some());
        for (name, value) in &self.headers {
            request.header(name, &value.expand(fill));
        }
        request.end(body.as_deref().unwrap_or("").as_bytes());
        Prepared {
            resource_idx,
            client_idx,
            bytes: request.bytes().to_vec(),
            is_head: request.is_head(),
        }
    }
}

fn totals(races: &[Race]) -> Totals {
    let mut requests = Counts::default();
    let mut resources = ResourceCounts::default();
    let (mut statuses, mut resets) = (StatusTally::default(), StatusTally::default());
    let (mut double_wins, mut sent_bytes, mut received_bytes, mut duration_us) = (0, 0, 0, 0.0);
    for race in races {
        requests.add(&race.requests);
        for resource in &race.resources {
            double_wins += resource.requests.won.saturating_sub(1);
            *match resource.end {
                ResourceEnd::OneWinner => &mut resources.one_winner,
                ResourceEnd::SeveralWinners => &mut resources.several_winners,
                ResourceEnd::NoWinner => &mut resources.no_winner,
                ResourceEnd::Undecided => &mut resources.undecided,
            } += 1;
        }
        for status in &race.statuses {
            statuses.count(status.status, &status.message, status.count);
        }
        for reset in &race.resets {
            resets.count(reset.status, &reset.message, reset.count);
        }
        sent_bytes += race.sent_bytes;
        received_bytes += race.received_bytes;
        duration_us += race.duration_us;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a run has far fewer than 2^53 requests"
    )]
    let answered = (requests.all() - requests.unanswered) as f64;
    let requests_per_second = if duration_us > 0.0 {
        answered / (duration_us / 1e6)
    } else {
        0.0
    };
    Totals {
        requests,
        resources,
        double_wins,
        duration_us,
        requests_per_second,
        sent_bytes,
        received_bytes,
        statuses: statuses.counts(),
        resets: resets.counts(),
    }
}
