//! The table of what the resets before the races were answered.
//!
//! Invariant: it is there whenever there was a reset, so that one that did nothing is seen.

use stampede_metrics::units::format_count;

use crate::race::outcome::{RaceResult, StatusCount};
use crate::text::{Align, Cell, Table, Tone};

/// What a reset's status means, for the rows that are always there.
const DONE: &str = "2xx reset";
const NOTHING: &str = "404 nothing to free";

pub(super) fn table(result: &RaceResult) -> Option<Table> {
    if !result.setup.has_reset {
        return None;
    }
    let mut table = Table::new(
        "Resets before the race",
        &[
            ("Status", Align::Left),
            ("Count", Align::Right),
            ("Server's message", Align::Left),
        ],
    );
    let resets = &result.total.resets;
    let done = |count: &&StatusCount| count.status.is_some_and(|one| (200..300).contains(&one));
    let nothing = |count: &&StatusCount| count.status == Some(404);
    row(&mut table, DONE, resets.iter().filter(done).collect());
    row(&mut table, NOTHING, resets.iter().filter(nothing).collect());
    for count in resets.iter().filter(|one| !done(one) && !nothing(one)) {
        let name = count
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        row(&mut table, &name, vec![count]);
    }
    Some(table)
}

fn row(table: &mut Table, name: &str, counts: Vec<&StatusCount>) {
    let count = counts.iter().map(|count| count.count).sum();
    let tone = if count == 0 { Tone::Faint } else { Tone::Plain };
    let message = counts
        .iter()
        .max_by_key(|count| count.count)
        .map_or_else(String::new, |count| count.message.clone());
    table.row([
        Cell::toned(tone, name),
        Cell::toned(tone, format_count(count)),
        message.into(),
    ]);
}
