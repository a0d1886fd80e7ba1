//! The tables of a race's report.

use stampede_metrics::Summary;
use stampede_metrics::units::{format_bytes, format_count, format_rate, format_share, format_us};

use crate::race::message::one_line;
use crate::race::outcome::{RaceResult, ResourceEnd, ResourceResult, StatusCount, Totals};
use crate::race::plan::Release;
use crate::text::{Align, Cell, Table, Tone};

/// Resources that get a row of their own; with more, those that went wrong come first.
const RESOURCES_SHOWN_MAX: usize = 100;

/// Races that get a row of their own.
const RACES_SHOWN_MAX: usize = 50;

/// Statuses that are shown also when nobody got them; 200 and 201 share a row.
const STATUSES_ALWAYS_SHOWN: [(u16, &str); 3] = [
    (400, "400 bad request"),
    (409, "409 conflict"),
    (423, "423 locked"),
];

pub(super) fn configuration(result: &RaceResult) -> Table {
    let setup = &result.setup;
    let mut table = Table::new("Configuration", &[("", Align::Left), ("", Align::Left)]);
    let mut row = |name: &str, value: String| {
        table.row([Cell::toned(Tone::Faint, name), value.into()]);
    };
    row("Request", format!("{} {}", setup.method, setup.url));
    if let Some(body) = &setup.body {
        row("Body", one_line(body));
    }
    row("Clients", format_count(setup.clients.into()));
    row("Resources", format_count(setup.resources.into()));
    let requests = format!(
        "{} ({} clients × {} resource{})",
        format_count(setup.requests_per_race),
        format_count(setup.clients.into()),
        format_count(setup.resources.into()),
        if setup.resources == 1 { "" } else { "s" }
    );
    row("Requests per race", requests);
    if let Some(reset) = &setup.reset {
        row("Reset before each race", reset.clone());
    }
    if result.races.len() > 1 {
        row("Races", format_count(result.races.len() as u64));
    }
    row("Release", release_text(setup.release, setup.connections));
    row(
        "Won / lost means",
        format!("{} / {}", setup.won, setup.lost),
    );
    table
}

fn release_text(release: Release, connections: u64) -> String {
    let connections = format_count(connections);
    match release {
        Release::Auto | Release::Burst => {
            format!("all at one instant, each request on its own of {connections} connections")
        }
        Release::Walk => format!(
            "all clients at one instant on {connections} connections, one resource after the other"
        ),
        Release::Rounds => {
            format!("resource by resource, all clients at one instant on {connections} connections")
        }
    }
}

pub(super) fn all(result: &RaceResult) -> Vec<Table> {
    let mut tables = vec![
        expected(result),
        performance(result),
        statuses(&result.total),
        throughput(result),
    ];
    tables.extend(super::resets::table(result));
    if result.races.len() > 1 {
        tables.push(races(result));
    }
    if result.setup.resources > 1 {
        tables.push(resources(result));
    }
    tables
}

fn mark(is_good: bool) -> Cell {
    if is_good {
        Cell::toned(Tone::Good, "✅")
    } else {
        Cell::toned(Tone::Bad, "❌")
    }
}

fn expected(result: &RaceResult) -> Table {
    let total = &result.total;
    let n_requests = total.requests.all();
    let n_winners = result
        .races
        .iter()
        .map(|race| race.resources.len() as u64)
        .sum::<u64>();
    let n_losers = n_requests.saturating_sub(n_winners);
    let mut table = Table::new(
        "Expected against actual",
        &[
            ("", Align::Left),
            ("Expected", Align::Right),
            ("Actual", Align::Right),
            ("", Align::Left),
        ],
    );
    let mut row = |name: &str, expected: String, actual: String| {
        let is_good = expected == actual;
        table.row([name.into(), expected.into(), actual.into(), mark(is_good)]);
    };
    row(
        "Winners",
        format_count(n_winners),
        format_count(total.requests.won),
    );
    row(
        "Losers",
        format_count(n_losers),
        format_count(total.requests.lost),
    );
    row(
        "Success rate",
        format_share(n_winners, n_requests),
        format_share(total.requests.won, n_requests),
    );
    row(
        "Resources with one winner",
        format_count(n_winners),
        format_count(total.resources.one_winner),
    );
    row(
        "Double wins",
        "0".to_owned(),
        format_count(total.double_wins),
    );
    let unknown =
        total.requests.unexpected + total.requests.system_errors + total.requests.unanswered;
    row("Unknown outcomes", "0".to_owned(), format_count(unknown));
    table
}

fn performance(result: &RaceResult) -> Table {
    let names = ["min", "avg", "med", "p90", "p95", "p99", "max"].map(|name| (name, Align::Right));
    let mut columns = vec![("", Align::Left)];
    columns.extend(names);
    columns.push(("", Align::Left));
    let title = match &result.p95 {
        Some(check) => format!(
            "Latency (p95 of winners and losers at most {})",
            format_us(check.us_limit)
        ),
        None => "Latency".to_owned(),
    };
    let mut table = Table::new(&title, &columns);
    for (name, summary) in [
        ("Winners", &result.latency.winners),
        ("Losers", &result.latency.losers),
        ("All answers", &result.latency.all),
    ] {
        let mut cells = vec![Cell::from(name)];
        cells.extend(figures(summary));
        table.row(cells);
    }
    if let Some(check) = &result.p95 {
        let mut cells = vec![Cell::from("Winners + losers")];
        cells.extend(figures(&result.latency.decided));
        cells.push(mark(check.is_met));
        table.row(cells);
    }
    table
}

fn figures(summary: &Summary) -> Vec<Cell> {
    let figures = [
        summary.us_min,
        summary.us_avg,
        summary.us_med,
        summary.us_p90,
        summary.us_p95,
        summary.us_p99,
        summary.us_max,
    ];
    let text = |us| {
        if summary.count == 0 {
            "-".to_owned()
        } else {
            format_us(us)
        }
    };
    figures.into_iter().map(|us| text(us).into()).collect()
}

/// Rows for the usual statuses, also when 0, and for every other one that came.
fn statuses(total: &Totals) -> Table {
    let mut table = Table::new(
        "Answers by status",
        &[
            ("Status", Align::Left),
            ("Count", Align::Right),
            ("Share", Align::Right),
            ("Server's message", Align::Left),
        ],
    );
    let all = total.requests.all();
    let mut rows: Vec<(u16, String, Vec<&StatusCount>)> = vec![
        (
            200,
            "200/201 success".to_owned(),
            pick(total, |status| matches!(status, 200 | 201)),
        ),
        (
            500,
            "5xx server error".to_owned(),
            pick(total, |status| status >= 500),
        ),
    ];
    for (status, name) in STATUSES_ALWAYS_SHOWN {
        rows.push((
            status,
            name.to_owned(),
            pick(total, |other| other == status),
        ));
    }
    for count in &total.statuses {
        let Some(status) = count.status else { continue };
        if !matches!(status, 200 | 201 | 400 | 409 | 423 | 500..) {
            rows.push((status, status.to_string(), vec![count]));
        }
    }
    rows.sort_by_key(|row| row.0);
    let unanswered = total
        .statuses
        .iter()
        .filter(|count| count.status.is_none())
        .collect();
    rows.push((u16::MAX, "no answer".to_owned(), unanswered));
    for (_, name, counts) in rows {
        let count = counts.iter().map(|count| count.count).sum();
        let tone = if count == 0 { Tone::Faint } else { Tone::Plain };
        table.row([
            Cell::toned(tone, name),
            Cell::toned(tone, format_count(count)),
            Cell::toned(tone, format_share(count, all)),
            messages(&counts).into(),
        ]);
    }
    table
}

fn pick(total: &Totals, is_wanted: impl Fn(u16) -> bool) -> Vec<&StatusCount> {
    total
        .statuses
        .iter()
        .filter(|count| count.status.is_some_and(&is_wanted))
        .collect()
}

fn messages(counts: &[&StatusCount]) -> String {
    let Some(most) = counts.iter().max_by_key(|count| count.count) else {
        return String::new();
    };
    let others = counts
        .iter()
        .map(|count| count.messages)
        .sum::<u64>()
        .saturating_sub(1);
    let status = match (counts.len(), most.status) {
        (2.., Some(status)) => format!("{status}: "),
        _ => String::new(),
    };
    let more = if others > 0 {
        format!(" (and {others} other)")
    } else {
        String::new()
    };
    format!("{status}{}{more}", most.message)
}

fn throughput(result: &RaceResult) -> Table {
    let total = &result.total;
    let mut table = Table::new(
        "Throughput and contention",
        &[("", Align::Left), ("", Align::Left)],
    );
    let per_second = |bytes: u64| {
        if total.duration_us <= 0.0 {
            return "-".to_owned();
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "byte counts stay far below 2^53"
        )]
        let bytes = bytes as f64;
        format!(
            "{}/s ({})",
            format_bytes(bytes / (total.duration_us / 1e6)),
            format_bytes(bytes)
        )
    };
    let spread = result
        .races
        .iter()
        .map(|race| race.release_spread_us)
        .fold(0.0, f64::max);
    let in_flight = result
        .races
        .iter()
        .map(|race| race.in_flight_max)
        .max()
        .unwrap_or(0);
    let mut row = |name: &str, value: String| {
        table.row([Cell::from(name), value.into()]);
    };
    row("Duration", format_us(total.duration_us));
    row("Requests", format_rate(total.requests_per_second));
    row("Data received", per_second(total.received_bytes));
    row("Data sent", per_second(total.sent_bytes));
    row(
        "Release spread",
        format!(
            "{} µs from the first request's first byte to the last's",
            format_count(whole_us(spread))
        ),
    );
    row(
        "In flight together",
        format!("{} requests", format_count(in_flight)),
    );
    if let Some(race) = result.races.first() {
        let contention = &race.contention;
        let text = if race.resources.len() == 1 {
            format!("{} requests", format_count(contention.max))
        } else {
            format!(
                "{} on the middle resource, from {} to {}",
                format_count(contention.med),
                format_count(contention.min),
                format_count(contention.max)
            )
        };
        row("Per resource", text);
    }
    table
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a duration is positive and far below 2^64 µs"
)]
fn whole_us(us: f64) -> u64 {
    us.round() as u64
}

fn races(result: &RaceResult) -> Table {
    let mut table = Table::new(
        "Races",
        &[
            ("Race", Align::Right),
            ("Winners", Align::Right),
            ("Losers", Align::Right),
            ("Unknown", Align::Right),
            ("p95", Align::Right),
            ("Spread", Align::Right),
            ("In flight", Align::Right),
            ("", Align::Left),
        ],
    );
    for race in result.races.iter().take(RACES_SHOWN_MAX) {
        let requests = &race.requests;
        let is_good = race
            .resources
            .iter()
            .all(|one| one.end == ResourceEnd::OneWinner);
        table.row([
            Cell::from(race.number.to_string()),
            format_count(requests.won).into(),
            format_count(requests.lost).into(),
            format_count(requests.unexpected + requests.system_errors + requests.unanswered).into(),
            format_us(race.latency.decided.us_p95).into(),
            format_us(race.release_spread_us).into(),
            format_count(race.in_flight_max).into(),
            mark(is_good),
        ]);
    }
    if result.races.len() > RACES_SHOWN_MAX {
        table.row([
            "…".into(),
            format!("and {} more", result.races.len() - RACES_SHOWN_MAX).into(),
        ]);
    }
    table
}

/// A row per resource, from the first race in which it did not end well, else from the first race.
fn resources(result: &RaceResult) -> Table {
    let mut table = Table::new(
        "Resources",
        &[
            ("Resource", Align::Left),
            ("Clients", Align::Right),
            ("Winners", Align::Right),
            ("Losers", Align::Right),
            ("Unknown", Align::Right),
            ("At once", Align::Right),
            ("", Align::Left),
            ("Winner", Align::Left),
        ],
    );
    let n_resources = result.races.first().map_or(0, |race| race.resources.len());
    let mut shown: Vec<(u32, &ResourceResult)> = (0..n_resources)
        .filter_map(|resource_idx| {
            let of_races = || {
                result
                    .races
                    .iter()
                    .map(|race| (race.number, &race.resources[resource_idx]))
            };
            of_races()
                .find(|(_, one)| one.end != ResourceEnd::OneWinner)
                .or(of_races().next())
        })
        .collect();
    if shown.len() > RESOURCES_SHOWN_MAX {
        shown.sort_by_key(|(_, resource)| resource.end == ResourceEnd::OneWinner);
    }
    let n_hidden = shown.len().saturating_sub(RESOURCES_SHOWN_MAX);
    for (number, resource) in shown.into_iter().take(RESOURCES_SHOWN_MAX) {
        table.row(resource_cells(
            resource,
            (result.races.len() > 1).then_some(number),
        ));
    }
    if n_hidden > 0 {
        let rest = format!(
            "and {} more, each with one winner or like these",
            format_count(n_hidden as u64)
        );
        table.row([Cell::toned(Tone::Faint, rest)]);
    }
    table
}

fn resource_cells(resource: &ResourceResult, race: Option<u32>) -> [Cell; 8] {
    let requests = &resource.requests;
    let unknown = requests.unexpected + requests.system_errors + requests.unanswered;
    let end = match resource.end {
        ResourceEnd::OneWinner => Cell::toned(Tone::Good, "✅"),
        ResourceEnd::SeveralWinners => Cell::toned(Tone::Bad, "❌"),
        ResourceEnd::NoWinner | ResourceEnd::Undecided => Cell::toned(Tone::Unknown, "❓"),
    };
    let winners: Vec<String> = resource
        .wins
        .iter()
        .map(|win| {
            format!(
                "client {} after {}",
                win.client,
                format_us(win.end_us - win.start_us)
            )
        })
        .collect();
    let winners = match (winners.is_empty(), race, resource.end) {
        (true, _, _) => "none".to_owned(),
        (false, Some(race), ResourceEnd::SeveralWinners) => {
            format!("{} (race {race})", winners.join(", "))
        }
        (false, _, _) => winners.join(", "),
    };
    [
        Cell::from(crate::text::cut(&resource.id, 24)),
        format_count(requests.all()).into(),
        format_count(requests.won).into(),
        format_count(requests.lost).into(),
        format_count(unknown).into(),
        format_count(resource.in_flight_max).into(),
        end,
        winners.into(),
    ]
}
